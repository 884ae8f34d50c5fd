#include "selns/selinux/policydb.hpp"

#include "selns/base/error.hpp"
#include "selns/selinux/policydb_impl.hpp"
#include "selns/selinux/symbols.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace selns::selinux {

namespace {

template <typename Keep>
std::vector<std::string> sorted_names(hashtab_t table, const Keep& keep) {
    std::vector<std::string> names;
    for_each_symbol(table, [&](std::string name, const void* datum) {
        if (keep(datum))
            names.push_back(std::move(name));
    });
    std::sort(names.begin(), names.end());
    return names;
}

constexpr auto any = [](const void*) { return true; };

const type_datum_t& as_type(const void* datum) {
    return *static_cast<const type_datum_t*>(datum);
}

} // namespace

Handle quiet_handle() {
    Handle handle(sepol_handle_create());
    if (!handle)
        throw std::bad_alloc();
    sepol_msg_set_callback(handle.get(), nullptr, nullptr);
    return handle;
}

PolicyFile memory_file(std::string_view image, sepol_handle_t* handle) {
    sepol_policy_file_t* raw = nullptr;
    if (sepol_policy_file_create(&raw) != 0)
        throw std::bad_alloc();
    PolicyFile file(raw);
    // Read only, in spite of the type.
    sepol_policy_file_set_mem(raw, const_cast<char*>(image.data()), image.size());
    sepol_policy_file_set_handle(raw, handle);
    return file;
}

PolicyDb::PolicyDb(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PolicyDb::~PolicyDb() = default;
PolicyDb::PolicyDb(PolicyDb&&) noexcept = default;
PolicyDb& PolicyDb::operator=(PolicyDb&&) noexcept = default;

PolicyDb PolicyDb::read(std::string_view image, const std::string& name) {
    auto impl = std::make_unique<Impl>();
    sepol_policydb_t* raw = nullptr;
    if (sepol_policydb_create(&raw) != 0)
        throw std::bad_alloc();
    impl->policy.reset(raw);
    const PolicyFile file = memory_file(image, impl->handle.get());
    if (sepol_policydb_read(raw, file.get()) != 0 || impl->db().policy_type != SEPOL_POLICY_KERN)
        throw Error(ErrorKind::invalid_input,
                    "not a kernel policy that this host's libsepol can read")
            .at({name})
            .hint("it reads versions up to " + std::to_string(newest_policy_version()) +
                  "; the file may be damaged, or newer than that");
    return PolicyDb(std::move(impl));
}

unsigned PolicyDb::version() const {
    return impl_->db().policyvers;
}

bool PolicyDb::mls() const {
    return sepol_policydb_mls_enabled(impl_->policy.get()) != 0;
}

std::string PolicyDb::handle_unknown() const {
    switch (impl_->db().handle_unknown) {
    case SEPOL_ALLOW_UNKNOWN:
        return "allow";
    case SEPOL_REJECT_UNKNOWN:
        return "reject";
    default:
        return "deny";
    }
}

bool PolicyDb::valid_context(const std::string& context) const {
    sepol_context_t* raw = nullptr;
    if (sepol_context_from_string(impl_->handle.get(), context.c_str(), &raw) != 0)
        return false;
    const Context parsed(raw);
    return sepol_context_check(impl_->handle.get(), impl_->policy.get(), raw) == 0;
}

bool PolicyDb::has_type(std::string_view name) const {
    const auto* datum = lookup<type_datum_t>(impl_->table(SYM_TYPES), name);
    return datum != nullptr && datum->flavor != TYPE_ATTRIB;
}

bool PolicyDb::has_attribute(std::string_view name) const {
    const auto* datum = lookup<type_datum_t>(impl_->table(SYM_TYPES), name);
    return datum != nullptr && datum->flavor == TYPE_ATTRIB;
}

bool PolicyDb::has_attribute(std::string_view type, std::string_view attribute) const {
    const auto* member = lookup<type_datum_t>(impl_->table(SYM_TYPES), type);
    const auto* datum = lookup<type_datum_t>(impl_->table(SYM_TYPES), attribute);
    return member != nullptr && datum != nullptr && datum->flavor == TYPE_ATTRIB &&
           member->flavor != TYPE_ATTRIB &&
           has_bit(impl_->db().type_attr_map[member->s.value - 1], datum->s.value - 1);
}

bool PolicyDb::has_class(std::string_view name) const {
    return lookup<class_datum_t>(impl_->table(SYM_CLASSES), name) != nullptr;
}

bool PolicyDb::has_permission(std::string_view tclass, std::string_view permission) const {
    const auto* datum = lookup<class_datum_t>(impl_->table(SYM_CLASSES), tclass);
    return datum != nullptr && permission_bit(*datum, permission) != 0;
}

std::vector<std::string> PolicyDb::permissions(std::string_view tclass) const {
    const auto* datum = lookup<class_datum_t>(impl_->table(SYM_CLASSES), tclass);
    return datum == nullptr ? std::vector<std::string>()
                            : permission_names(*datum, ~std::uint32_t{0});
}

std::vector<std::string> PolicyDb::types() const {
    return sorted_names(impl_->table(SYM_TYPES), [](const void* datum) {
        return as_type(datum).flavor == TYPE_TYPE && as_type(datum).primary != 0;
    });
}

std::vector<std::string> PolicyDb::attributes() const {
    return sorted_names(impl_->table(SYM_TYPES),
                        [](const void* datum) { return as_type(datum).flavor == TYPE_ATTRIB; });
}

std::vector<std::string> PolicyDb::attribute_members(std::string_view attribute) const {
    std::vector<std::string> members;
    const auto* datum = lookup<type_datum_t>(impl_->table(SYM_TYPES), attribute);
    if (datum == nullptr || datum->flavor != TYPE_ATTRIB)
        return members;
    const policydb_t& db = impl_->db();
    for_each_bit(db.attr_type_map[datum->s.value - 1], [&](unsigned bit) {
        if (db.type_val_to_struct[bit] != nullptr &&
            db.type_val_to_struct[bit]->flavor == TYPE_TYPE)
            members.emplace_back(db.p_type_val_to_name[bit]);
    });
    std::sort(members.begin(), members.end());
    return members;
}

std::optional<std::string> PolicyDb::type_of(std::string_view name) const {
    const auto* datum = lookup<type_datum_t>(impl_->table(SYM_TYPES), name);
    if (datum == nullptr || datum->flavor == TYPE_ATTRIB)
        return {};
    return impl_->db().p_type_val_to_name[datum->s.value - 1];
}

std::vector<std::string> PolicyDb::users() const {
    return sorted_names(impl_->table(SYM_USERS), any);
}

std::vector<std::string> PolicyDb::roles() const {
    return sorted_names(impl_->table(SYM_ROLES), any);
}

std::map<std::string, bool> PolicyDb::booleans() const {
    std::map<std::string, bool> result;
    for_each_symbol(impl_->table(SYM_BOOLS), [&](const std::string& name, const void* datum) {
        result[name] = static_cast<const cond_bool_datum_t*>(datum)->state != 0;
    });
    return result;
}

unsigned newest_policy_version() {
    return static_cast<unsigned>(sepol_policy_kern_vers_max());
}

} // namespace selns::selinux
