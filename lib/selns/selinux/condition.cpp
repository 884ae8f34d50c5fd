#include "selns/selinux/condition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>

namespace selns::selinux {

namespace {

using Kind = ConditionNode::Kind;

constexpr std::size_t most_booleans = 10; // of one expression: 1024 combinations

bool combine(Kind operation, bool first, bool second) {
    switch (operation) {
    case Kind::disjunction:
        return first || second;
    case Kind::conjunction:
        return first && second;
    case Kind::equal:
        return first == second;
    default: // exclusive, unequal
        return first != second;
    }
}

std::vector<std::uint32_t> booleans_of(const Condition& condition) {
    std::set<std::uint32_t> booleans;
    for (const ConditionNode& node : condition)
        if (node.kind == Kind::boolean)
            booleans.insert(node.boolean);
    return {booleans.begin(), booleans.end()};
}

} // namespace

bool value_of(const KernelPolicy& policy, const Condition& condition,
              const std::vector<std::uint32_t>& flipped) {
    std::array<bool, condition_depth> stack = {};
    std::size_t depth = 0;
    for (const ConditionNode& node : condition) {
        if (node.kind == Kind::boolean) {
            stack[depth++] = policy.booleans.at(node.boolean).state !=
                             std::ranges::binary_search(flipped, node.boolean);
        } else if (node.kind == Kind::negation) {
            stack[depth - 1] = !stack[depth - 1];
        } else {
            --depth;
            stack[depth - 1] = combine(node.kind, stack[depth - 1], stack[depth]);
        }
    }
    return stack[0];
}

std::optional<std::vector<std::uint32_t>> flips_for(const KernelPolicy& policy,
                                                    const Condition& condition, bool value) {
    const auto booleans = booleans_of(condition);
    if (booleans.size() > most_booleans)
        return {};
    std::optional<std::vector<std::uint32_t>> best;
    for (std::uint32_t choice = 0; choice < 1U << booleans.size(); ++choice) {
        if (best && static_cast<std::size_t>(std::popcount(choice)) >= best->size())
            continue;
        std::vector<std::uint32_t> flipped;
        for (std::size_t i = 0; i < booleans.size(); ++i)
            if ((choice & 1U << i) != 0)
                flipped.push_back(booleans[i]);
        if (value_of(policy, condition, flipped) == value)
            best = flipped;
    }
    return best;
}

} // namespace selns::selinux
