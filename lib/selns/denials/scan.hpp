#pragma once

#include <string_view>

// Small steps through a line. Inside of this library.
namespace selns::denials {

constexpr std::string_view access_marker = "avc:"; // what a denial's body begins with

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes WORD off the front of TEXT; false when it does not stand there.
inline bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

inline bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

} // namespace selns::denials
