#include "selns/denials/names.hpp"

#include <algorithm>
#include <array>

namespace selns::denials {

namespace {

constexpr std::size_t longest_word = 255;
constexpr std::size_t longest_context = 4096; // a page, as in selinuxfs

constexpr std::array<std::string_view, 10> operators = {
    "all", "and", "any", "minusself", "not", "notself", "or", "other", "self", "xor"};

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool in_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

constexpr bool in_range(char c) {
    return in_word(c) || c == ':' || c == ',';
}

} // namespace

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= longest_word && std::ranges::all_of(text, in_word);
}

bool is_name(std::string_view text) {
    return is_word(text) && is_letter(text.front()) &&
           std::ranges::find(operators, text) == operators.end();
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

} // namespace selns::denials
