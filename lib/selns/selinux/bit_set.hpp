#pragma once

// A set of numbers as policies store it: 64 bits at a time, without the empty ones. For the sources
// of this module only.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace selns::selinux {

struct BitSetWord {
    std::uint32_t start = 0; // the number of its lowest bit, a multiple of 64
    std::uint64_t bits = 0;  // not 0

    bool operator==(const BitSetWord&) const = default;
};

class BitSet {
  public:
    void reserve(std::size_t words) { words_.reserve(words); }
    // Behind the words that there are.
    void append(const BitSetWord& word) { words_.push_back(word); }
    // The numbers from FIRST to LAST.
    void insert(std::uint32_t first, std::uint32_t last);

    bool operator==(const BitSet&) const = default;
    bool empty() const { return words_.empty(); }
    // Only of one that is not empty.
    std::uint32_t highest() const {
        return words_.back().start + 63 -
               static_cast<std::uint32_t>(std::countl_zero(words_.back().bits));
    }

    bool contains(std::uint32_t number) const {
        const auto word =
            std::ranges::lower_bound(words_, number / 64 * 64, {}, &BitSetWord::start);
        return word != words_.end() && number >= word->start &&
               (word->bits >> (number - word->start) & 1U) != 0;
    }

    // Whether all of OTHER is in this set.
    bool includes(const BitSet& other) const;

    const std::vector<BitSetWord>& words() const { return words_; }

  private:
    std::vector<BitSetWord> words_;
};

inline void BitSet::insert(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t start = first / 64 * 64; start <= last; start += 64) {
        auto word = std::ranges::lower_bound(words_, start, {}, &BitSetWord::start);
        if (word == words_.end() || word->start != start)
            word = words_.insert(word, {start, 0});
        const std::uint64_t from = ~std::uint64_t{0} << (std::max(first, start) - start);
        const std::uint64_t to = ~std::uint64_t{0} >> (63 - (std::min(last, start + 63) - start));
        word->bits |= from & to;
    }
}

inline bool BitSet::includes(const BitSet& other) const {
    auto word = words_.begin();
    for (const BitSetWord& wanted : other.words_) {
        while (word != words_.end() && word->start < wanted.start)
            ++word;
        if (word == words_.end() || word->start != wanted.start || (wanted.bits & ~word->bits) != 0)
            return false;
    }
    return true;
}

// Calls VISIT with each number of a word, in order.
template <typename Visit>
void for_each_bit(const BitSetWord& word, const Visit& visit) {
    for (std::uint64_t bits = word.bits; bits != 0; bits &= bits - 1)
        visit(word.start + static_cast<std::uint32_t>(std::countr_zero(bits)));
}

template <typename Visit>
void for_each_bit(const BitSet& set, const Visit& visit) {
    for (const BitSetWord& word : set.words())
        for_each_bit(word, visit);
}

} // namespace selns::selinux
