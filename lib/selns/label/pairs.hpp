#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace selns::label {

// Which pairs of adjacent bytes occur in a text, as a set of 256 hashes: tells in a few
// instructions that a path lacks a text that a regular expression asks for.
class Pairs {
  public:
    void add(std::string_view text) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            const auto hash = static_cast<std::uint8_t>(text[i - 1] * 37 + text[i]);
            bits_[hash / 64] |= std::uint64_t{1} << (hash % 64);
        }
    }

    // False: a text of these pairs lacks one of OTHER's. True: it may have them all.
    bool may_contain(const Pairs& other) const {
        std::uint64_t lacking = 0;
        for (std::size_t i = 0; i < bits_.size(); ++i)
            lacking |= other.bits_[i] & ~bits_[i];
        return lacking == 0;
    }

  private:
    std::array<std::uint64_t, 4> bits_{};
};

} // namespace selns::label
