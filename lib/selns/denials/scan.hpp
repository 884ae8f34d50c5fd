#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// Small steps through a line. Inside of this library.
namespace selns::denials {

constexpr std::string_view access_marker = "avc:"; // what a denial's body begins with

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// As TEXT.starts_with(WORD), which calls memcmp() even for a word whose length is known.
inline bool begins_with(std::string_view text, std::string_view word) {
    return text.size() >= word.size() &&
           std::char_traits<char>::compare(text.data(), word.data(), word.size()) == 0;
}

// Takes WORD off the front of TEXT; false when it does not stand there.
inline bool take(std::string_view& text, std::string_view word) {
    if (!begins_with(text, word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

constexpr std::size_t word_size = sizeof(std::uint64_t);

inline std::uint64_t word_at(const char* bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, word_size);
    return value;
}

inline bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

} // namespace selns::denials
