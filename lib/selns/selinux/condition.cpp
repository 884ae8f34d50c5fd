#include "selns/selinux/condition.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace selns::selinux {

namespace {

constexpr std::size_t most_booleans = 10; // of one expression: 1024 combinations

bool combine(std::uint32_t operation, bool first, bool second) {
    switch (operation) {
    case COND_OR:
        return first || second;
    case COND_AND:
        return first && second;
    case COND_EQ:
        return first == second;
    default: // COND_XOR, COND_NEQ
        return first != second;
    }
}

// The field was named bool until libsepol 3.6 (see sepol.hpp).
template <typename Node>
std::uint32_t boolean_of(const Node& node) {
    if constexpr (requires { node.boolean; })
        return node.boolean;
    else
        return node.sepol_bool_field;
}

std::vector<std::uint32_t> booleans_of(const cond_node_t& block) {
    std::set<std::uint32_t> booleans;
    for (const cond_expr_t* node = block.expr; node != nullptr; node = node->next)
        if (node->expr_type == COND_BOOL)
            booleans.insert(boolean_of(*node));
    return {booleans.begin(), booleans.end()};
}

} // namespace

bool value_of(const policydb_t& db, const cond_node_t& block,
              const std::vector<std::uint32_t>& flipped) {
    std::vector<bool> stack;
    for (const cond_expr_t* node = block.expr; node != nullptr; node = node->next) {
        if (node->expr_type == COND_BOOL) {
            const std::uint32_t boolean = boolean_of(*node);
            const bool state = db.bool_val_to_struct[boolean - 1]->state != 0;
            stack.push_back(state != std::ranges::binary_search(flipped, boolean));
        } else if (node->expr_type == COND_NOT && !stack.empty()) {
            stack.back() = !stack.back();
        } else if (stack.size() >= 2) {
            const bool second = stack.back();
            stack.pop_back();
            stack.back() = combine(node->expr_type, stack.back(), second);
        }
    }
    return !stack.empty() && stack.back();
}

std::optional<std::vector<std::uint32_t>> flips_for(const policydb_t& db, const cond_node_t& block,
                                                    bool value) {
    const auto booleans = booleans_of(block);
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
        if (value_of(db, block, flipped) == value)
            best = flipped;
    }
    return best;
}

} // namespace selns::selinux
