#pragma once

// How a kernel policy's file has its rules, for the sources of this module only.

#include "selns/selinux/policy_reader.hpp"

#include <cstddef>
#include <cstdint>

namespace selns::selinux {

// What a rule is: one bit of its third number. Bit 15 only says that a conditional rule applied
// when the file was written.
constexpr std::uint32_t rule_allow = 0x1;
constexpr std::uint32_t rule_auditallow = 0x2;
constexpr std::uint32_t rule_dontaudit = 0x4;
constexpr std::uint32_t rules_about_types = 0x70; // transition, member, change
constexpr std::uint32_t rule_allow_extended = 0x100;
constexpr std::uint32_t rules_extended = 0x700; // and auditallow, dontaudit
constexpr std::uint32_t rule_kinds =
    rule_allow | rule_auditallow | rule_dontaudit | rules_about_types | rules_extended;

// What the bits of an extended rule are.
constexpr std::uint8_t extended_commands = 1;
constexpr std::uint8_t extended_drivers = 2;
constexpr std::uint8_t extended_messages = 3; // of netlink, as extended_commands

constexpr std::size_t shortest_rule = 12;

struct Rule {
    RuleKey key = 0;
    std::uint32_t kind = 0;
    std::uint32_t data = 0; // what follows when it is not extended

    bool extended() const { return (kind & rules_extended) != 0; }
};

inline bool has_number(std::uint64_t value, std::uint32_t highest) {
    return value >= 1 && value <= highest;
}

// Inlined always: a hundred thousand rules are read before each answer.
[[gnu::always_inline]] inline Rule read_rule(ByteCursor& in, const KernelPolicy& policy) {
    const std::uint64_t head = in.u64(); // four numbers of 16 bits
    require(has_number(head & 0xffffU, policy.types.highest()) &&
                has_number(head >> 16U & 0xffffU, policy.types.highest()) &&
                has_number(head >> 32U & 0xffffU, policy.classes.highest()),
            "a rule is about a type or class that there is not");
    Rule rule{head & 0xffffffffffffU, static_cast<std::uint32_t>(head >> 48U) & rule_kinds, 0};
    require(rule.kind != 0 && (rule.kind & (rule.kind - 1)) == 0,
            "a rule is of no kind or of several");
    if (!rule.extended())
        rule.data = in.u32();
    return rule;
}

} // namespace selns::selinux
