#include "selns/selinux/symbols.hpp"

#include <algorithm>
#include <utility>

namespace selns::selinux {

std::uint32_t permission_bit(const class_datum_t& tclass, std::string_view name) {
    const auto* permission = lookup<perm_datum_t>(tclass.permissions.table, name);
    if (permission == nullptr && tclass.comdatum != nullptr)
        permission = lookup<perm_datum_t>(tclass.comdatum->permissions.table, name);
    return permission == nullptr ? 0 : std::uint32_t{1} << (permission->s.value - 1);
}

std::vector<std::string> permission_names(const class_datum_t& tclass, std::uint32_t vector) {
    std::vector<std::string> names;
    const auto add = [&](std::string name, const void* datum) {
        const auto value = static_cast<const perm_datum_t*>(datum)->s.value;
        if ((vector & std::uint32_t{1} << (value - 1)) != 0)
            names.push_back(std::move(name));
    };
    for_each_symbol(tclass.permissions.table, add);
    if (tclass.comdatum != nullptr)
        for_each_symbol(tclass.comdatum->permissions.table, add);
    std::sort(names.begin(), names.end());
    return names;
}

bool has_bit(const ebitmap_t& bits, unsigned number) {
    for (const ebitmap_node_t* node = bits.node; node != nullptr; node = node->next)
        if (number >= node->startbit && number - node->startbit < MAPSIZE)
            return (node->map & (MAPTYPE{1} << (number - node->startbit))) != 0;
    return false;
}

} // namespace selns::selinux
