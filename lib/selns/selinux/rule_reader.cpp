// The type enforcement rules of a policy, and the conditions of those in `if` blocks.

#include "selns/selinux/condition.hpp"
#include "selns/selinux/policy_reader.hpp"
#include "selns/selinux/rule_format.hpp"

#include <optional>

namespace selns::selinux {

namespace {

// What follows an extended rule; nothing when it is not about what is allowed, or about something
// that is not known.
std::optional<ExtendedRule> read_extended(ByteCursor& in, const Rule& rule) {
    const std::uint8_t what = in.u8();
    ExtendedRule extended;
    extended.driver = in.u8();
    extended.messages = what == extended_messages;
    extended.drivers = what == extended_drivers;
    extended.bits = in.record<decltype(extended.bits)>();
    const bool known =
        what == extended_commands || what == extended_drivers || what == extended_messages;
    if (rule.kind != rule_allow_extended || !known)
        return {};
    return extended;
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
