#pragma once

// The type enforcement rules of a policy, found by (source, target, class), for the sources of
// this module only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace selns::selinux {

// Values from 1, of types or attributes and a class, packed as the file has them. 48 bits.
using RuleKey = std::uint64_t;

constexpr RuleKey rule_key(std::uint16_t source, std::uint16_t target, std::uint16_t tclass) {
    return source | RuleKey{target} << 16U | RuleKey{tclass} << 32U;
}

struct AccessVectorPair {
    std::uint32_t allowed = 0;
    std::uint32_t dontaudit = 0;
};

// A rule in an `if` block.
struct ConditionalRule {
    std::uint32_t block = 0; // of KernelPolicy::blocks
    bool branch = true;      // the value of the block's expression that makes it apply
    bool active = false;     // it does, with the policy's booleans
    AccessVectorPair vectors;
};

// ioctl commands that an allowxperm rule gives: those of one driver (the command's upper byte), or
// all of some drivers.
struct ExtendedRule {
    bool drivers = false; // `bits` are drivers, else commands of `driver`
    std::uint8_t driver = 0;
    std::array<std::uint32_t, 8> bits = {}; // 256 of them

    bool grants(std::uint16_t command) const {
        const unsigned number = drivers ? command >> 8U : command & 0xffU;
        return (drivers || driver == command >> 8U) && (bits[number / 32] >> number % 32 & 1U) != 0;
    }
};

// Filled with the functions that add, then finish() once; nothing is found before that.
class AvIndex {
  public:
    enum class Kind : std::uint16_t { allow, dontaudit, conditional, extended };

    struct Entry {
        Kind kind = Kind::allow;
        std::uint32_t data = 0; // an access vector; else see conditional() and extended()
    };

    void reserve(std::size_t entries);
    void allow(RuleKey key, std::uint32_t vector) { add(key, {Kind::allow, vector}); }
    void dontaudit(RuleKey key, std::uint32_t vector) { add(key, {Kind::dontaudit, vector}); }
    void add(RuleKey key, const ConditionalRule& rule);
    void add(RuleKey key, const ExtendedRule& rule);
    void finish();

    const ConditionalRule& conditional(const Entry& entry) const {
        return conditional_[entry.data];
    }
    const ExtendedRule& extended(const Entry& entry) const { return extended_[entry.data]; }

    // Calls VISIT with the entries under a key, in no order.
    template <typename Visit>
    void for_each(RuleKey key, const Visit& visit) const {
        const std::uint64_t hashed = hash(key);
        for (std::size_t at = first_slot(hashed); slots_[at] != 0; at = next_slot(at)) {
            const std::size_t position = (slots_[at] >> 8U) - 1;
            if ((slots_[at] & 0xffU) == tag(hashed) && (keys_[position] & key_bits) == key)
                visit(Entry{static_cast<Kind>(keys_[position] >> 48U), data_[position]});
        }
    }

    // Calls VISIT with each key and its entry, in the order in which they were added.
    template <typename Visit>
    void for_all(const Visit& visit) const {
        for (std::size_t at = 0; at < keys_.size(); ++at)
            visit(keys_[at] & key_bits, Entry{static_cast<Kind>(keys_[at] >> 48U), data_[at]});
    }

  private:
    static constexpr std::uint64_t key_bits = 0xffffffffffff;

    static std::uint64_t hash(RuleKey key) { return key * 0x9e3779b97f4a7c15U; }
    // Only a product's upper bits depend on all of the key.
    std::size_t first_slot(std::uint64_t hashed) const { return hashed >> shift_; }
    std::size_t next_slot(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
    static std::uint32_t tag(std::uint64_t hashed) { return hashed >> 32U & 0xffU; }

    void add(RuleKey key, const Entry& entry) {
        keys_.push_back(key | static_cast<std::uint64_t>(entry.kind) << 48U);
        data_.push_back(entry.data);
    }

    // Some hundred lookups make one decision, most of which find nothing. So what is searched is
    // a flat table, small enough for the processor's caches, with linear probing and at most half
    // full. A slot has an entry's position, from 1, and eight bits of its key's hash; 0 is an
    // empty one.
    std::vector<std::uint32_t> slots_ = {0, 0};
    unsigned shift_ = 63;
    std::vector<std::uint64_t> keys_; // with the entry's kind above the key
    std::vector<std::uint32_t> data_;
    std::vector<ConditionalRule> conditional_;
    std::vector<ExtendedRule> extended_;
};

} // namespace selns::selinux
