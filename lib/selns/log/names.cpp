#include "selns/log/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace selns::log {

namespace {

constexpr std::size_t longest_word = 255;
constexpr std::size_t longest_context = 4096; // a page, as in selinuxfs

constexpr std::array<std::string_view, 10> operators = {
    "all", "and", "any", "minusself", "not", "notself", "or", "other", "self", "xor"};

// The words of checkpolicy's scanner that are no names, sorted, and "self".
constexpr std::array<std::string_view, 101> te_reserved = {"alias",
                                                           "allow",
                                                           "allowxperm",
                                                           "and",
                                                           "attribute",
                                                           "attribute_role",
                                                           "auditallow",
                                                           "auditallowxperm",
                                                           "auditdeny",
                                                           "bool",
                                                           "category",
                                                           "class",
                                                           "clone",
                                                           "common",
                                                           "constrain",
                                                           "default_range",
                                                           "default_role",
                                                           "default_type",
                                                           "default_user",
                                                           "devicetreecon",
                                                           "dom",
                                                           "domby",
                                                           "dominance",
                                                           "dontaudit",
                                                           "dontauditxperm",
                                                           "else",
                                                           "eq",
                                                           "expandattribute",
                                                           "false",
                                                           "fs_use_task",
                                                           "fs_use_trans",
                                                           "fs_use_xattr",
                                                           "fscon",
                                                           "genfscon",
                                                           "glblub",
                                                           "h1",
                                                           "h2",
                                                           "high",
                                                           "ibendportcon",
                                                           "ibpkeycon",
                                                           "if",
                                                           "incomp",
                                                           "inherits",
                                                           "iomemcon",
                                                           "ioportcon",
                                                           "l1",
                                                           "l2",
                                                           "level",
                                                           "low",
                                                           "low-high",
                                                           "mlsconstrain",
                                                           "mlsvalidatetrans",
                                                           "module",
                                                           "netifcon",
                                                           "neverallow",
                                                           "neverallowxperm",
                                                           "neveraudit",
                                                           "nodecon",
                                                           "not",
                                                           "optional",
                                                           "or",
                                                           "pcidevicecon",
                                                           "permissive",
                                                           "pirqcon",
                                                           "policycap",
                                                           "portcon",
                                                           "r1",
                                                           "r2",
                                                           "r3",
                                                           "range",
                                                           "range_transition",
                                                           "require",
                                                           "role",
                                                           "role_transition",
                                                           "roleattribute",
                                                           "roles",
                                                           "sameuser",
                                                           "self",
                                                           "sensitivity",
                                                           "sid",
                                                           "source",
                                                           "t1",
                                                           "t2",
                                                           "t3",
                                                           "target",
                                                           "true",
                                                           "tunable",
                                                           "type",
                                                           "type_change",
                                                           "type_member",
                                                           "type_transition",
                                                           "typealias",
                                                           "typeattribute",
                                                           "typebounds",
                                                           "types",
                                                           "u1",
                                                           "u2",
                                                           "u3",
                                                           "user",
                                                           "validatetrans",
                                                           "xor"};

constexpr std::size_t longest_te_reserved = 16;

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Every name and context of a log is looked at byte by byte: a table is the quickest.
enum NameByte : std::uint8_t { other, of_range, of_word };

constexpr std::array<NameByte, 256> name_bytes = [] {
    std::array<NameByte, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const char c = static_cast<char>(i);
        if (is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-')
            table[i] = of_word;
    }
    table[':'] = table[','] = of_range;
    return table;
}();

constexpr auto in_word = [](char c) {
    return name_bytes[static_cast<unsigned char>(c)] == of_word;
};
constexpr auto in_range = [](char c) { return name_bytes[static_cast<unsigned char>(c)] != other; };

} // namespace

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= longest_word && std::ranges::all_of(text, in_word);
}

bool is_name(std::string_view text) {
    return is_word(text) && is_letter(text.front()) &&
           std::ranges::find(operators, text) == operators.end();
}

bool is_te_reserved(std::string_view text) {
    if (text.size() > longest_te_reserved)
        return false;
    std::string word(text);
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::ranges::none_of(word, is_lower))
        std::ranges::transform(word, word.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    return std::ranges::binary_search(te_reserved, word);
}

bool is_te_name(std::string_view text) {
    return is_word(text) && is_letter(text.front()) && text.find('.') == std::string_view::npos &&
           !is_te_reserved(text);
}

std::string_view context_type(std::string_view text) {
    if (text.size() > longest_context)
        return {};
    const std::size_t role = text.find(':');
    const std::size_t type = role == std::string_view::npos ? role : text.find(':', role + 1);
    if (type == std::string_view::npos)
        return {};
    const std::size_t range = std::min(text.find(':', type + 1), text.size());
    const std::string_view name = text.substr(type + 1, range - type - 1);
    const bool formed = is_word(text.substr(0, role)) &&
                        is_word(text.substr(role + 1, type - role - 1)) && is_word(name) &&
                        std::ranges::all_of(text.substr(range), in_range);
    return formed ? name : std::string_view();
}

} // namespace selns::log
