#include "selns/selinux/constraint.hpp"

#include "selns/base/text.hpp"

#include <array>
#include <utility>

namespace selns::selinux {

namespace {

using NodeKind = ConstraintNode::Kind;
using Operator = ConstraintNode::Operator;

struct Levels {
    const Level& first;
    const Level& second;
};

Levels levels_of(std::uint32_t attribute, const Subjects& subjects) {
    const auto& source = subjects.source.range;
    const auto& target = subjects.target.range;
    switch (attribute) {
    case constraint_l1_l2:
        return {source[0], target[0]};
    case constraint_l1_h2:
        return {source[0], target[1]};
    case constraint_h1_l2:
        return {source[1], target[0]};
    case constraint_h1_h2:
        return {source[1], target[1]};
    case constraint_l1_h1:
        return {source[0], source[1]};
    default:
        return {target[0], target[1]};
    }
}

bool compare_levels(Operator op, const Levels& levels) {
    switch (op) {
    case Operator::equal:
        return levels.first == levels.second;
    case Operator::unequal:
        return levels.first != levels.second;
    case Operator::dominates:
        return levels.first.dominates(levels.second);
    case Operator::dominated:
        return levels.second.dominates(levels.first);
    default:
        return !levels.first.dominates(levels.second) && !levels.second.dominates(levels.first);
    }
}

bool compare_roles(const KernelPolicy& policy, Operator op, std::uint32_t first,
                   std::uint32_t second) {
    const auto dominates = [&policy](std::uint32_t high, std::uint32_t low) {
        return policy.roles.at(high).dominates.contains(low - 1);
    };
    switch (op) {
    case Operator::equal:
        return first == second;
    case Operator::unequal:
        return first != second;
    case Operator::dominates:
        return dominates(first, second);
    case Operator::dominated:
        return dominates(second, first);
    default:
        return !dominates(first, second) && !dominates(second, first);
    }
}

std::uint32_t value_of(std::uint32_t attribute, const SecurityContext& context) {
    return (attribute & constraint_user) != 0   ? context.user
           : (attribute & constraint_role) != 0 ? context.role
                                                : context.type;
}

bool compare_attributes(const KernelPolicy& policy, const ConstraintNode& node,
                        const Subjects& subjects) {
    const std::uint32_t first = value_of(node.attribute, subjects.source);
    const std::uint32_t second = value_of(node.attribute, subjects.target);
    if (node.attribute == constraint_role)
        return compare_roles(policy, node.op, first, second);
    if (node.attribute == constraint_user || node.attribute == constraint_type)
        return (first == second) == (node.op == Operator::equal);
    return compare_levels(node.op, levels_of(node.attribute, subjects));
}

bool compare_names(const ConstraintNode& node, const Subjects& subjects) {
    const SecurityContext* context = &subjects.source;
    if ((node.attribute & constraint_target) != 0)
        context = &subjects.target;
    else if ((node.attribute & constraint_third) != 0)
        context = subjects.task;
    if (context == nullptr)
        return false;
    return node.names.contains(value_of(node.attribute, *context) - 1) ==
           (node.op == Operator::equal);
}

// Expressions are in reverse polish notation, and were checked when they were read.
template <typename Value, typename Leaf, typename Not, typename Binary>
Value walk(const ConstraintExpression& expression, const Leaf& leaf, const Not& negate,
           const Binary& combine) {
    std::array<Value, constraint_depth> stack = {};
    std::size_t depth = 0;
    for (const ConstraintNode& node : expression) {
        if (node.kind == NodeKind::negation) {
            stack[depth - 1] = negate(stack[depth - 1]);
        } else if (node.kind == NodeKind::conjunction || node.kind == NodeKind::disjunction) {
            --depth;
            stack[depth - 1] =
                combine(node.kind == NodeKind::conjunction, stack[depth - 1], stack[depth]);
        } else {
            stack[depth++] = leaf(node);
        }
    }
    return std::move(stack[0]);
}

const char* operator_name(Operator op) {
    switch (op) {
    case Operator::equal:
        return " == ";
    case Operator::unequal:
        return " != ";
    case Operator::dominates:
        return " dom ";
    case Operator::dominated:
        return " domby ";
    default:
        return " incomp ";
    }
}

std::string attributes_to_source(const ConstraintNode& node) {
    const std::string op = operator_name(node.op);
    switch (node.attribute) {
    case constraint_user:
        return "u1" + op + "u2";
    case constraint_role:
        return "r1" + op + "r2";
    case constraint_type:
        return "t1" + op + "t2";
    case constraint_l1_l2:
        return "l1" + op + "l2";
    case constraint_l1_h2:
        return "l1" + op + "h2";
    case constraint_h1_l2:
        return "h1" + op + "l2";
    case constraint_h1_h2:
        return "h1" + op + "h2";
    case constraint_l1_h1:
        return "l1" + op + "h1";
    default:
        return "l2" + op + "h2";
    }
}

// The names as they were written, attributes among them, where the policy has kept them.
const BitSet& written_names(const ConstraintNode& node) {
    const bool kept = (node.attribute & constraint_type) != 0 && !node.written.empty();
    return kept ? node.written : node.names;
}

template <typename Datum>
std::vector<std::string> names_in(const SymbolTable<Datum>& table, const BitSet& values) {
    std::vector<std::string> names;
    for_each_bit(values, [&](std::uint32_t bit) {
        const Datum* found = table.find(bit + 1);
        names.emplace_back(found == nullptr ? "?" : found->name);
    });
    return names;
}

std::vector<std::string> names_in(const KernelPolicy& policy, const ConstraintNode& node) {
    const BitSet& values = written_names(node);
    return (node.attribute & constraint_user) != 0   ? names_in(policy.users, values)
           : (node.attribute & constraint_role) != 0 ? names_in(policy.roles, values)
                                                     : names_in(policy.types, values);
}

std::string names_to_source(const KernelPolicy& policy, const ConstraintNode& node) {
    std::string text = (node.attribute & constraint_user) != 0   ? "u"
                       : (node.attribute & constraint_role) != 0 ? "r"
                                                                 : "t";
    text += (node.attribute & constraint_third) != 0    ? "3"
            : (node.attribute & constraint_target) != 0 ? "2"
                                                        : "1";
    const auto names = names_in(policy, node);
    return text + operator_name(node.op) +
           (names.size() == 1 ? names[0] : "{ " + join(names, " ") + " }");
}

} // namespace

bool holds(const KernelPolicy& policy, const ConstraintExpression& expression,
           const Subjects& subjects) {
    return walk<char>(
               expression,
               [&](const ConstraintNode& node) {
                   return static_cast<char>(node.kind == NodeKind::attributes
                                                ? compare_attributes(policy, node, subjects)
                                                : compare_names(node, subjects));
               },
               [](char value) { return static_cast<char>(value == 0); },
               [](bool conjunction, char first, char second) {
                   return static_cast<char>(conjunction ? (first != 0 && second != 0)
                                                        : (first != 0 || second != 0));
               }) != 0;
}

std::string to_source(const KernelPolicy& policy, const ConstraintExpression& expression) {
    struct Piece {
        std::string text;
        bool compound = false;
        std::string enclosed() const { return compound ? "(" + text + ")" : text; }
    };
    const Piece all = walk<Piece>(
        expression,
        [&policy](const ConstraintNode& node) {
            return Piece{node.kind == NodeKind::attributes ? attributes_to_source(node)
                                                           : names_to_source(policy, node),
                         false};
        },
        [](const Piece& value) {
            return Piece{"not " + value.enclosed(), true};
        },
        [](bool conjunction, const Piece& first, const Piece& second) {
            return Piece{first.enclosed() + (conjunction ? " and " : " or ") + second.enclosed(),
                         true};
        });
    return "(" + all.text + ")";
}

bool is_mls(const ConstraintExpression& expression) {
    for (const ConstraintNode& node : expression)
        if (node.kind == NodeKind::attributes && node.attribute >= constraint_l1_l2)
            return true;
    return false;
}

std::vector<std::string> wanted_attributes(const KernelPolicy& policy,
                                           const ConstraintExpression& expression) {
    std::vector<std::string> result;
    for (const ConstraintNode& node : expression)
        if (node.kind == NodeKind::names && node.attribute == constraint_type &&
            node.op == Operator::equal)
            for (const std::string& name : names_in(policy, node))
                if (policy.find_attribute(name) != nullptr)
                    result.push_back(name);
    return result;
}

} // namespace selns::selinux
