#include "selns/selinux/kernel_policy.hpp"

#include <algorithm>

namespace selns::selinux {

std::uint32_t SecurityClass::permission_bit(std::string_view permission) const {
    const auto found = std::ranges::find(permissions, permission, &Permission::name);
    return found == permissions.end() ? 0 : found->bit;
}

std::vector<std::string> SecurityClass::permission_names(std::uint32_t vector) const {
    std::vector<std::string> names;
    for (const Permission& permission : permissions)
        if ((vector & permission.bit) != 0)
            names.emplace_back(permission.name);
    std::ranges::sort(names);
    return names;
}

bool TypeAttributes::has(std::uint32_t type, std::uint32_t attribute) const {
    const auto all = of(type);
    return std::binary_search(all.begin(), all.end(), attribute);
}

std::string_view Names::keep(std::string_view name) {
    constexpr std::size_t block = 65536;
    if (name.size() > left_) {
        left_ = std::max(block, name.size());
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
        end_ = blocks_.back().get() + left_;
    }
    char* const place = end_ - left_;
    left_ -= name.size();
    std::ranges::copy(name, place);
    return {place, name.size()};
}

const Type* KernelPolicy::find_type(std::string_view name) const {
    const Type* found = types.find(name);
    return found == nullptr || found->attribute ? nullptr : found;
}

const Type* KernelPolicy::find_attribute(std::string_view name) const {
    const Type* found = types.find(name);
    return found == nullptr || !found->attribute ? nullptr : found;
}

} // namespace selns::selinux
