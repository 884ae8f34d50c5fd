#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// Small steps through a line. Inside of this library.
namespace selns::log {

constexpr std::string_view access_marker = "avc:"; // what a denial's body begins with

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// How many digits TEXT begins with.
constexpr std::size_t leading_digits(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count]))
        ++count;
    return count;
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

// Of eight bytes, in their order in memory: the values of digits, and OTHERS, which is 0 where one
// is and something else where none is.
struct Digits {
    static_assert(std::endian::native == std::endian::little);
    static constexpr std::uint64_t ones = 0x0101010101010101U;

    explicit Digits(std::uint64_t word)
        // In each byte the high half is 0 for a digit: both of it and of it plus six.
        : values(word ^ (ones * '0')), others((values | (values + ones * 6)) & (ones * 0xf0)) {}

    // How many there are before the first other byte.
    std::size_t count() const { return static_cast<std::size_t>(std::countr_zero(others)) / 8; }
    // The number that the first COUNT of them are, 1 to 8.
    std::uint64_t number(std::size_t count) const {
        std::uint64_t sum = values << (8 * (word_size - count));
        sum = (sum * 10 + (sum >> 8U)) & 0x00ff00ff00ff00ffU;
        sum = (sum * 100 + (sum >> 16U)) & 0x0000ffff0000ffffU;
        return (sum * 10000 + (sum >> 32U)) & 0xffffffffU;
    }

    std::uint64_t values;
    std::uint64_t others;
};

inline bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

} // namespace selns::log
