#include "selns/selinux/policydb.hpp"

#include "selns/base/error.hpp"
#include "selns/selinux/context.hpp"
#include "selns/selinux/kernel_policy.hpp"
#include "selns/selinux/policy_reader.hpp"

#include <algorithm>
#include <utility>

namespace selns::selinux {

namespace {

template <typename Table, typename Keep>
std::vector<std::string> sorted_names(const Table& table, const Keep& keep) {
    std::vector<std::string> names;
    for (const auto& symbol : table)
        if (keep(symbol))
            names.emplace_back(symbol.name);
    std::ranges::sort(names);
    return names;
}

constexpr auto any = [](const Symbol&) { return true; };

} // namespace

PolicyDb::PolicyDb(std::unique_ptr<const KernelPolicy> policy) : policy_(std::move(policy)) {}
PolicyDb::~PolicyDb() = default;
PolicyDb::PolicyDb(PolicyDb&&) noexcept = default;
PolicyDb& PolicyDb::operator=(PolicyDb&&) noexcept = default;

Error unreadable_policy(const std::string& complaint, const std::string& name) {
    return Error(ErrorKind::invalid_input, "not a kernel policy that can be read: " + complaint)
        .at({name})
        .hint("versions " + std::to_string(oldest_policy_version()) + " to " +
              std::to_string(newest_policy_version()) +
              " are read; the file may be damaged, or newer than that");
}

PolicyDb PolicyDb::read(std::string_view image, const std::string& name) {
    try {
        return PolicyDb(read_kernel_policy(image));
    } catch (const Malformed& complaint) {
        throw unreadable_policy(complaint.what(), name);
    }
}

unsigned PolicyDb::version() const {
    return policy_->version;
}

bool PolicyDb::mls() const {
    return policy_->mls;
}

std::string PolicyDb::handle_unknown() const {
    switch (policy_->handle_unknown) {
    case HandleUnknown::allow:
        return "allow";
    case HandleUnknown::reject:
        return "reject";
    default:
        return "deny";
    }
}

bool PolicyDb::valid_context(const std::string& context) const {
    const auto parsed = parse_context(*policy_, context);
    return parsed && goes_together(*policy_, *parsed);
}

bool PolicyDb::has_type(std::string_view name) const {
    return policy_->find_type(name) != nullptr;
}

bool PolicyDb::has_attribute(std::string_view name) const {
    return policy_->find_attribute(name) != nullptr;
}

bool PolicyDb::has_attribute(std::string_view type, std::string_view attribute) const {
    const Type* found = policy_->find_attribute(attribute);
    const Type* member = found == nullptr ? nullptr : policy_->find_type(type);
    return member != nullptr && policy_->type_attributes.has(member->value, found->value);
}

bool PolicyDb::has_class(std::string_view name) const {
    return policy_->classes.find(name) != nullptr;
}

bool PolicyDb::has_permission(std::string_view tclass, std::string_view permission) const {
    const SecurityClass* found = policy_->classes.find(tclass);
    return found != nullptr && found->permission_bit(permission) != 0;
}

std::vector<std::string> PolicyDb::permissions(std::string_view tclass) const {
    const SecurityClass* found = policy_->classes.find(tclass);
    return found == nullptr ? std::vector<std::string>()
                            : found->permission_names(~std::uint32_t{0});
}

std::string PolicyDb::unlabeled_type() const {
    constexpr std::uint32_t sid_unlabeled = 3; // the same in every policy
    for (const auto& [number, type] : policy_->initial_types)
        if (number == sid_unlabeled && type != 0)
            return std::string(policy_->types.name(type));
    return {};
}

std::vector<std::string> PolicyDb::types() const {
    return sorted_names(policy_->types,
                        [](const Type& type) { return type.primary && !type.attribute; });
}

std::vector<std::string> PolicyDb::attributes() const {
    return sorted_names(policy_->types, [](const Type& type) { return type.attribute; });
}

std::vector<std::string> PolicyDb::attribute_members(std::string_view attribute) const {
    const Type* found = policy_->find_attribute(attribute);
    if (found == nullptr)
        return {};
    return sorted_names(policy_->types, [&](const Type& type) {
        return type.primary && !type.attribute &&
               policy_->type_attributes.has(type.value, found->value);
    });
}

std::optional<std::string> PolicyDb::type_of(std::string_view name) const {
    const Type* found = policy_->find_type(name);
    if (found == nullptr)
        return {};
    return std::string(policy_->types.name(found->value));
}

std::vector<FileSystem> PolicyDb::file_systems() const {
    using Labels = FileSystem::Labels;
    std::vector<FileSystem> result;
    const auto add = [&](std::string_view name, Labels labels, std::uint32_t type) {
        if (type != 0)
            result.push_back({std::string(name), labels, std::string(policy_->types.name(type))});
    };
    for (const FsUse& use : policy_->fs_uses)
        add(use.name,
            use.behaviour == FsUse::Behaviour::trans  ? Labels::of_creator
            : use.behaviour == FsUse::Behaviour::task ? Labels::of_task
                                                      : Labels::stored,
            use.type);
    for (const auto& [name, type] : policy_->file_systems)
        add(name, Labels::of_policy, type);
    return result;
}

std::vector<std::string> PolicyDb::users() const {
    return sorted_names(policy_->users, any);
}

std::vector<std::string> PolicyDb::roles() const {
    return sorted_names(policy_->roles, any);
}

std::map<std::string, bool> PolicyDb::booleans() const {
    std::map<std::string, bool> result;
    for (const Boolean& boolean : policy_->booleans)
        result.emplace(boolean.name, boolean.state);
    return result;
}

unsigned oldest_policy_version() {
    return oldest_readable_version;
}

unsigned newest_policy_version() {
    return newest_readable_version;
}

} // namespace selns::selinux
