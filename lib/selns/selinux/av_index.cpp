#include "selns/selinux/av_index.hpp"

#include "selns/base/error.hpp"

#include <bit>

namespace selns::selinux {

namespace {

// A key has some hundred entries at most: an extended rule for each driver, and what is in `if`
// blocks. Without a limit, a file of equal rules would take the square of its size.
constexpr std::size_t most_steps = 4096;
constexpr std::size_t most_rules = 0xffffff; // positions have 24 bits

constexpr std::uint32_t ahead = 16; // rules whose slots are on their way

[[noreturn]] void refuse(const char* complaint) {
    throw Error(ErrorKind::invalid_input, complaint);
}

// Of a table that is at most half full.
std::size_t slots_for(std::size_t rules) {
    if (rules > most_rules)
        refuse("the policy has more rules than there is room for");
    return std::bit_ceil(rules * 2 + 2);
}

} // namespace

// Slots are asked for before they are needed: each is somewhere else in memory.
AvIndex::AvIndex(const AvRules& rules)
    : rules_(rules), slots_(slots_for(rules.size()), 0),
      shift_(static_cast<unsigned>(std::countl_zero(slots_.size() - 1))) {
    std::uint32_t* const slots = slots_.data();
    const auto count = static_cast<std::uint32_t>(rules.size());
    for (std::uint32_t position = 0; position < count; ++position) {
        if (count - position > ahead)
            __builtin_prefetch(slots + first_slot(hash(rules.key(position + ahead))), 1);
        const std::uint64_t hashed = hash(rules.key(position));
        std::size_t at = first_slot(hashed);
        for (std::size_t steps = 0; slots[at] != 0; at = next_slot(at))
            if (++steps == most_steps)
                refuse("the policy has the same rule very many times");
        slots[at] = (position + 1) << 8U | tag(hashed);
    }
}

} // namespace selns::selinux
