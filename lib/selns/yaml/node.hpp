#pragma once

#include "selns/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::yaml {

// What a value is by YAML 1.2's core schema. Only plain scalars can be anything but a string:
// "8" in quotes is a string, as are yes, on and off.
enum class Kind { null, boolean, integer, real, string, sequence, map };

struct Entry;

// A value with its place. Aliases are resolved: an aliased value is a copy that keeps the place of
// the original.
struct Node {
    Kind kind = Kind::null;
    Location at;
    std::string text;           // of scalars, as written but for quotes and escapes
    std::vector<Node> items;    // of a sequence
    std::vector<Entry> entries; // of a map, as written: order, and a duplicate key twice

    bool is_scalar() const { return kind != Kind::sequence && kind != Kind::map; }
    // The first entry of that key; null when there is none or this is no map.
    const Entry* find(std::string_view key) const;
    Entry* find(std::string_view key);
};

struct Entry {
    std::string key;
    Location at;
    Node value;
};

// What a plain scalar is.
Kind plain_kind(std::string_view text);

// "packages[2]" and "selinux.mode": how places inside a document are named. An empty PARENT is the
// document itself. The key is made safe to print.
std::string path_of(const std::string& parent, std::string_view key);
std::string path_of(const std::string& parent, std::size_t index);

} // namespace selns::yaml
