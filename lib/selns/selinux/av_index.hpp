#pragma once

// Finds a policy's type enforcement rules by (source, target, class), for the sources of this
// module only.

#include "selns/selinux/av_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace selns::selinux {

class AvIndex {
  public:
    // RULES outlive it and stay as they are. The same key thousands of times is an invalid_input
    // Error.
    explicit AvIndex(const AvRules& rules);

    // Calls VISIT with the entries under a key, in no order.
    template <typename Visit>
    void for_each(RuleKey key, const Visit& visit) const {
        const std::uint64_t hashed = hash(key);
        for (std::size_t at = first_slot(hashed); slots_[at] != 0; at = next_slot(at)) {
            const std::size_t position = (slots_[at] >> 8U) - 1;
            if ((slots_[at] & 0xffU) == tag(hashed) && rules_.key(position) == key)
                visit(rules_.entry(position));
        }
    }

  private:
    static std::uint64_t hash(RuleKey key) { return key * 0x9e3779b97f4a7c15U; }
    // Only a product's upper bits depend on all of the key.
    std::size_t first_slot(std::uint64_t hashed) const { return hashed >> shift_; }
    std::size_t next_slot(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
    static std::uint32_t tag(std::uint64_t hashed) { return hashed >> 32U & 0xffU; }

    const AvRules& rules_;
    // Some hundred lookups make one decision, most of which find nothing. So what is searched is
    // a flat table, small enough for the processor's caches, with linear probing and at most half
    // full. A slot has an entry's position, from 1, and eight bits of its key's hash; 0 is an
    // empty one.
    std::vector<std::uint32_t> slots_;
    unsigned shift_;
};

} // namespace selns::selinux
