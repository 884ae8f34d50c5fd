// The type enforcement rules of a policy, and the conditions of those in `if` blocks.

#include "selns/selinux/condition.hpp"
#include "selns/selinux/policy_reader.hpp"

#include <optional>

namespace selns::selinux {

namespace {

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

// What the bits of an extended rule are; 3 are netlink messages.
constexpr std::uint8_t extended_commands = 1;
constexpr std::uint8_t extended_drivers = 2;

constexpr std::size_t shortest_rule = 12;

struct Rule {
    RuleKey key = 0;
    std::uint32_t kind = 0;
    std::uint32_t data = 0; // what follows when it is not extended

    bool extended() const { return (kind & rules_extended) != 0; }
};

// What follows an extended rule; nothing when it is not about what is allowed, or not about ioctl.
std::optional<ExtendedRule> read_extended(ByteCursor& in, const Rule& rule) {
    const std::uint8_t what = in.u8();
    ExtendedRule extended;
    extended.driver = in.u8();
    extended.drivers = what == extended_drivers;
    extended.bits = in.record<decltype(extended.bits)>();
    if (rule.kind != rule_allow_extended || (what != extended_commands && what != extended_drivers))
        return {};
    return extended;
}

bool has_number(std::uint64_t value, std::uint32_t highest) {
    return value >= 1 && value <= highest;
}

Rule read_rule(ByteCursor& in, const KernelPolicy& policy) {
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

void read_unconditional(ByteCursor& in, KernelPolicy& policy) {
    const std::uint32_t count = in.count(shortest_rule);
    require(count > 0, "it has no rules");
    policy.rules.reserve(count + count / 4); // there are more in `if` blocks
    for (std::uint32_t i = 0; i < count; ++i) {
        const Rule rule = read_rule(in, policy);
        if (rule.kind == rule_allow) {
            policy.rules.allow(rule.key, rule.data);
        } else if (rule.kind == rule_dontaudit) { // the file has those that are still audited
            policy.rules.dontaudit(rule.key, ~rule.data);
        } else if (rule.extended()) {
            require(policy.version >= version_extended_rules, "this version has no extended rules");
            if (const auto extended = read_extended(in, rule))
                policy.rules.add(rule.key, *extended);
        }
    }
}

// Extended rules only count when they apply: nobody asks which booleans would make them.
void read_branch(ByteCursor& in, KernelPolicy& policy, const ConditionalRule& kind) {
    for (std::uint32_t left = in.count(shortest_rule); left > 0; --left) {
        const Rule rule = read_rule(in, policy);
        ConditionalRule conditional = kind;
        if (rule.kind == rule_allow) {
            conditional.vectors.allowed = rule.data;
            policy.rules.add(rule.key, conditional);
        } else if (rule.kind == rule_dontaudit) {
            conditional.vectors.dontaudit = ~rule.data;
            policy.rules.add(rule.key, conditional);
        } else if (rule.extended()) {
            require(policy.version >= version_conditional_extended_rules,
                    "this version has no extended rules in conditional blocks");
            if (const auto extended = read_extended(in, rule); extended && kind.active)
                policy.rules.add(rule.key, *extended);
        }
    }
}

std::size_t depth_after(const ConditionNode& node, std::size_t depth) {
    using Kind = ConditionNode::Kind;
    require(node.kind >= Kind::boolean && node.kind <= Kind::unequal,
            "a condition has an unknown operator");
    const bool leaf = node.kind == Kind::boolean;
    const bool unary = node.kind == Kind::negation;
    require(leaf ? depth < condition_depth : depth >= (unary ? 1U : 2U),
            "a condition has too many operands or too few");
    return leaf ? depth + 1 : unary ? depth : depth - 1;
}

Condition read_condition(ByteCursor& in, const KernelPolicy& policy) {
    const std::uint32_t count = in.count(8);
    Condition condition;
    condition.reserve(count);
    std::size_t depth = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto kind = static_cast<ConditionNode::Kind>(in.u32());
        condition.push_back({kind, in.u32()});
        depth = depth_after(condition.back(), depth);
        require(kind != ConditionNode::Kind::boolean ||
                    policy.booleans.find(condition.back().boolean) != nullptr,
                "a condition is about a boolean that there is not");
    }
    require(depth == 1, "a condition has too many operands or too few");
    return condition;
}

void read_block(ByteCursor& in, KernelPolicy& policy) {
    in.skip(4); // its value when the file was written
    const auto block = static_cast<std::uint32_t>(policy.blocks.size());
    policy.blocks.push_back(read_condition(in, policy));
    const bool value = value_of(policy, policy.blocks.back());
    read_branch(in, policy, {block, true, value, {}});
    read_branch(in, policy, {block, false, !value, {}});
}

} // namespace

void read_rules(ByteCursor& in, KernelPolicy& policy) {
    read_unconditional(in, policy);
    for (std::uint32_t left = in.count(16); left > 0; --left)
        read_block(in, policy);
}

} // namespace selns::selinux
