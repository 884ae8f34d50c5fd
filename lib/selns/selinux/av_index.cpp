#include "selns/selinux/av_index.hpp"

#include "selns/selinux/byte_cursor.hpp"

#include <bit>

namespace selns::selinux {

namespace {

// A key has some hundred entries at most: an extended rule for each driver, and what is in `if`
// blocks. Without a limit, a file of equal rules would take the square of its size.
constexpr std::size_t most_steps = 4096;

} // namespace

void AvIndex::reserve(std::size_t entries) {
    keys_.reserve(entries);
    data_.reserve(entries);
}

void AvIndex::add(RuleKey key, const ConditionalRule& rule) {
    add(key, {Kind::conditional, static_cast<std::uint32_t>(conditional_.size())});
    conditional_.push_back(rule);
}

void AvIndex::add(RuleKey key, const ExtendedRule& rule) {
    add(key, {Kind::extended, static_cast<std::uint32_t>(extended_.size())});
    extended_.push_back(rule);
}

// In one go, so that the processor waits for many slots at a time.
void AvIndex::finish() {
    require(keys_.size() <= 0xffffff, "it has more rules than there is room for");
    slots_.assign(std::bit_ceil(keys_.size() * 2 + 2), 0);
    shift_ = static_cast<unsigned>(std::countl_zero(slots_.size() - 1));
    std::uint32_t position = 0;
    for (const std::uint64_t key : keys_) {
        const std::uint64_t hashed = hash(key & key_bits);
        std::size_t at = first_slot(hashed);
        for (std::size_t steps = 0; slots_[at] != 0; at = next_slot(at))
            require(++steps < most_steps, "it has the same rule very many times");
        slots_[at] = ++position << 8U | tag(hashed);
    }
}

} // namespace selns::selinux
