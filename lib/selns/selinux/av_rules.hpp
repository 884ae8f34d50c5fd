#pragma once

// The type enforcement rules of a policy, as a list, for the sources of this module only.

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
// all of some drivers. Or types of netlink messages, of permission nlmsg, by their upper byte, too.
struct ExtendedRule {
    bool messages = false;
    bool drivers = false; // `bits` are drivers, else commands of `driver`
    std::uint8_t driver = 0;
    std::array<std::uint32_t, 8> bits = {}; // 256 of them

    bool grants(std::uint16_t command) const {
        const unsigned number = drivers ? command >> 8U : command & 0xffU;
        return (drivers || driver == command >> 8U) && (bits[number / 32] >> number % 32 & 1U) != 0;
    }
};

class AvRules {
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

    // Positions are from 0, in the order in which rules were added.
    std::size_t size() const { return rows_.size(); }
    RuleKey key(std::size_t position) const {
        const Row& row = rows_[position];
        return row.types | RuleKey{row.tclass} << 32U;
    }
    Entry entry(std::size_t position) const { return {rows_[position].kind, rows_[position].data}; }
    const ConditionalRule& conditional(const Entry& entry) const {
        return conditional_[entry.data];
    }
    const ExtendedRule& extended(const Entry& entry) const { return extended_[entry.data]; }

  private:
    // A hundred thousand of them are read before each answer, so they are kept small.
    struct Row {
        std::uint32_t types = 0; // the key's lower half
        std::uint16_t tclass = 0;
        Kind kind = Kind::allow;
        std::uint32_t data = 0;
    };

    void add(RuleKey key, const Entry& entry) {
        rows_.push_back({static_cast<std::uint32_t>(key), static_cast<std::uint16_t>(key >> 32U),
                         entry.kind, entry.data});
    }

    std::vector<Row> rows_;
    std::vector<ConditionalRule> conditional_;
    std::vector<ExtendedRule> extended_;
};

} // namespace selns::selinux
