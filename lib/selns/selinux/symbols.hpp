#pragma once

// Looking names up in libsepol's tables, for the sources of this module only.

#include "selns/selinux/sepol.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// libsepol does not export hashtab_search(); the table itself says how it is walked.
template <typename Datum>
const Datum* lookup(hashtab_t table, std::string_view name) {
    if (table == nullptr || table->size == 0)
        return nullptr;
    const std::string key(name);
    for (auto* node = table->htable[table->hash_value(table, key.c_str())]; node != nullptr;
         node = node->next)
        if (key == node->key)
            return static_cast<const Datum*>(node->datum);
    return nullptr;
}

template <typename Visit>
void for_each_symbol(hashtab_t table, const Visit& visit) {
    for (unsigned int slot = 0; table != nullptr && slot < table->size; ++slot)
        for (auto* node = table->htable[slot]; node != nullptr; node = node->next)
            visit(std::string(node->key), node->datum);
}

// The bit of a permission in its class's access vectors; 0 when the class has no such one.
std::uint32_t permission_bit(const class_datum_t& tclass, std::string_view name);

// The names of the permissions in an access vector, sorted.
std::vector<std::string> permission_names(const class_datum_t& tclass, std::uint32_t vector);

// Calls VISIT with the number of each bit that is set, in order.
template <typename Visit>
void for_each_bit(const ebitmap_t& bits, const Visit& visit) {
    for (const ebitmap_node_t* node = bits.node; node != nullptr; node = node->next)
        for (unsigned bit = 0; bit < MAPSIZE; ++bit)
            if ((node->map & (MAPTYPE{1} << bit)) != 0)
                visit(node->startbit + bit);
}

bool has_bit(const ebitmap_t& bits, unsigned number);

} // namespace selns::selinux
