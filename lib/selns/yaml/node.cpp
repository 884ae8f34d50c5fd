#include "selns/yaml/node.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>

namespace selns::yaml {

namespace {

constexpr std::string_view digits = "0123456789";

// Removes the leading characters of TEXT that are in SET; true when there were any.
bool skip(std::string_view& text, std::string_view set) {
    const std::size_t count = std::min(text.find_first_not_of(set), text.size());
    text.remove_prefix(count);
    return count > 0;
}

bool skip_one(std::string_view& text, std::string_view set) {
    if (text.empty() || set.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_integer(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0o")) {
        const bool hex = text[1] == 'x';
        text.remove_prefix(2);
        return skip(text, hex ? "0123456789abcdefABCDEF" : "01234567") && text.empty();
    }
    skip_one(text, "+-");
    return skip(text, digits) && text.empty();
}

bool is_real(std::string_view text) {
    constexpr std::array<std::string_view, 3> not_a_number{".nan", ".NaN", ".NAN"};
    constexpr std::array<std::string_view, 3> infinity{".inf", ".Inf", ".INF"};
    if (one_of(text, not_a_number))
        return true;
    skip_one(text, "+-");
    if (one_of(text, infinity))
        return true;
    const bool whole = skip(text, digits);
    const bool fraction = skip_one(text, ".") && skip(text, digits);
    if (!whole && !fraction)
        return false;
    if (skip_one(text, "eE")) {
        skip_one(text, "+-");
        return skip(text, digits) && text.empty();
    }
    return text.empty();
}

} // namespace

const Entry* Node::find(std::string_view key) const {
    for (const Entry& entry : entries)
        if (entry.key == key)
            return &entry;
    return nullptr;
}

Entry* Node::find(std::string_view key) {
    for (Entry& entry : entries)
        if (entry.key == key)
            return &entry;
    return nullptr;
}

Kind plain_kind(std::string_view text) {
    constexpr std::array<std::string_view, 5> nulls{"", "~", "null", "Null", "NULL"};
    constexpr std::array<std::string_view, 6> booleans{"true",  "True",  "TRUE",
                                                       "false", "False", "FALSE"};
    if (one_of(text, nulls))
        return Kind::null;
    if (one_of(text, booleans))
        return Kind::boolean;
    if (is_integer(text))
        return Kind::integer;
    return is_real(text) ? Kind::real : Kind::string;
}

std::string path_of(const std::string& parent, std::string_view key) {
    return (parent.empty() ? "" : parent + ".") + printable(key);
}

std::string path_of(const std::string& parent, std::size_t index) {
    return parent + "[" + std::to_string(index) + "]";
}

} // namespace selns::yaml
