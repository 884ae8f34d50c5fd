#include "libsepol_policy.hpp"

#include <algorithm>
#include <cstdlib>

// conditional.h has a field named bool, which is a keyword here. The standard headers that it
// includes come first, so that only libsepol's own text is changed.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro" // that is the point
#endif
#define bool sepol_bool_field
extern "C" {
#include <sepol/context.h>
#include <sepol/context_record.h>
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/policydb.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
}
#undef bool
#ifdef __clang__
#pragma clang diagnostic pop
#endif

namespace selns::test {

struct LibsepolPolicy::Impl {
    sepol_handle_t* handle = sepol_handle_create();
    sepol_policydb_t* policy = nullptr;
    bool read = false;

    // struct sepol_policydb is a policydb_t and nothing else, in every release of libsepol.
    const policydb_t& db() const { return *reinterpret_cast<const policydb_t*>(policy); }

    // libsepol does not export hashtab_map(); the table itself says how it is walked.
    template <typename Datum, typename Visit>
    static void for_each(hashtab_t table, const Visit& visit) {
        for (unsigned slot = 0; slot < table->size; ++slot)
            for (auto* node = table->htable[slot]; node != nullptr; node = node->next)
                visit(std::string(node->key), *static_cast<const Datum*>(node->datum));
    }

    std::vector<std::string> names(unsigned symbols) const {
        std::vector<std::string> result;
        for_each<char>(db().symtab[symbols].table,
                       [&](const std::string& name, char) { result.push_back(name); });
        std::sort(result.begin(), result.end());
        return result;
    }
};

namespace {

bool has_bit(const ebitmap_t& bits, unsigned number) {
    for (const ebitmap_node_t* node = bits.node; node != nullptr; node = node->next)
        if (number >= node->startbit && number - node->startbit < MAPSIZE)
            return (node->map & (MAPTYPE{1} << (number - node->startbit))) != 0;
    return false;
}

} // namespace

LibsepolPolicy::LibsepolPolicy(std::string_view image) : impl_(std::make_unique<Impl>()) {
    sepol_msg_set_callback(impl_->handle, nullptr, nullptr);
    sepol_policydb_create(&impl_->policy);
    sepol_policy_file_t* file = nullptr;
    sepol_policy_file_create(&file);
    sepol_policy_file_set_mem(file, const_cast<char*>(image.data()), image.size());
    sepol_policy_file_set_handle(file, impl_->handle);
    impl_->read = sepol_policydb_read(impl_->policy, file) == 0;
    sepol_policy_file_free(file);
}

LibsepolPolicy::~LibsepolPolicy() {
    sepol_policydb_free(impl_->policy);
    sepol_handle_destroy(impl_->handle);
}

bool LibsepolPolicy::read() const {
    return impl_->read;
}

std::string LibsepolPolicy::write(unsigned version) const {
    sepol_policydb_set_vers(impl_->policy, version);
    void* data = nullptr;
    std::size_t size = 0;
    const int status = sepol_policydb_to_image(impl_->handle, impl_->policy, &data, &size);
    std::string image(static_cast<const char*>(data), status == 0 ? size : 0);
    std::free(data);
    return image;
}

std::vector<std::string> LibsepolPolicy::types() const {
    std::vector<std::string> result;
    Impl::for_each<type_datum_t>(impl_->db().p_types.table,
                                 [&](const std::string& name, const type_datum_t& type) {
                                     if (type.flavor == TYPE_TYPE && type.primary != 0)
                                         result.push_back(name);
                                 });
    std::sort(result.begin(), result.end());
    return result;
}

std::map<std::string, std::string> LibsepolPolicy::aliases() const {
    std::map<std::string, std::string> result;
    Impl::for_each<type_datum_t>(
        impl_->db().p_types.table, [&](const std::string& name, const type_datum_t& type) {
            if (type.flavor == TYPE_TYPE && type.primary == 0)
                result[name] = impl_->db().p_type_val_to_name[type.s.value - 1];
        });
    return result;
}

std::map<std::string, std::vector<std::string>> LibsepolPolicy::attributes() const {
    const policydb_t& db = impl_->db();
    std::map<std::string, std::vector<std::string>> result;
    const auto types = this->types();
    Impl::for_each<type_datum_t>(db.p_types.table, [&](const std::string& name,
                                                       const type_datum_t& attribute) {
        if (attribute.flavor != TYPE_ATTRIB)
            return;
        auto& members = result[name];
        for (unsigned value = 1; value <= db.p_types.nprim; ++value)
            if (has_bit(db.attr_type_map[attribute.s.value - 1], value - 1) &&
                std::binary_search(types.begin(), types.end(), db.p_type_val_to_name[value - 1]))
                members.emplace_back(db.p_type_val_to_name[value - 1]);
        std::sort(members.begin(), members.end());
    });
    return result;
}

std::map<std::string, std::vector<std::string>> LibsepolPolicy::permissions() const {
    std::map<std::string, std::vector<std::string>> result;
    Impl::for_each<class_datum_t>(
        impl_->db().p_classes.table, [&](const std::string& name, const class_datum_t& tclass) {
            auto& names = result[name];
            const auto add = [&](const std::string& permission, const perm_datum_t&) {
                names.push_back(permission);
            };
            Impl::for_each<perm_datum_t>(tclass.permissions.table, add);
            if (tclass.comdatum != nullptr)
                Impl::for_each<perm_datum_t>(tclass.comdatum->permissions.table, add);
            std::sort(names.begin(), names.end());
        });
    return result;
}

std::vector<std::string> LibsepolPolicy::users() const {
    return impl_->names(SYM_USERS);
}

std::vector<std::string> LibsepolPolicy::roles() const {
    return impl_->names(SYM_ROLES);
}

std::vector<std::string> LibsepolPolicy::sensitivities() const {
    return impl_->names(SYM_LEVELS);
}

std::vector<std::string> LibsepolPolicy::categories() const {
    return impl_->names(SYM_CATS);
}

std::map<std::string, bool> LibsepolPolicy::booleans() const {
    std::map<std::string, bool> result;
    Impl::for_each<cond_bool_datum_t>(
        impl_->db().p_bools.table, [&](const std::string& name, const cond_bool_datum_t& boolean) {
            result[name] = boolean.state != 0;
        });
    return result;
}

bool LibsepolPolicy::valid_context(const std::string& context) const {
    sepol_context_t* parsed = nullptr;
    if (sepol_context_from_string(impl_->handle, context.c_str(), &parsed) != 0)
        return false;
    const int status = sepol_context_check(impl_->handle, impl_->policy, parsed);
    sepol_context_free(parsed);
    return status == 0;
}

} // namespace selns::test
