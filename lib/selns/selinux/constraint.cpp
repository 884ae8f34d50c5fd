#include "selns/selinux/constraint.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/symbols.hpp"

#include <stdexcept>
#include <utility>

namespace selns::selinux {

namespace {

struct Levels {
    const Level& first;
    const Level& second;
};

Levels levels_of(std::uint32_t attribute, const Subjects& subjects) {
    const auto& source = subjects.source.range;
    const auto& target = subjects.target.range;
    switch (attribute) {
    case CEXPR_L1L2:
        return {source[0], target[0]};
    case CEXPR_L1H2:
        return {source[0], target[1]};
    case CEXPR_H1L2:
        return {source[1], target[0]};
    case CEXPR_H1H2:
        return {source[1], target[1]};
    case CEXPR_L1H1:
        return {source[0], source[1]};
    default:
        return {target[0], target[1]};
    }
}

bool compare_levels(std::uint32_t op, const Levels& levels) {
    switch (op) {
    case CEXPR_EQ:
        return levels.first == levels.second;
    case CEXPR_NEQ:
        return levels.first != levels.second;
    case CEXPR_DOM:
        return levels.first.dominates(levels.second);
    case CEXPR_DOMBY:
        return levels.second.dominates(levels.first);
    default:
        return !levels.first.dominates(levels.second) && !levels.second.dominates(levels.first);
    }
}

bool compare_roles(const policydb_t& db, std::uint32_t op, std::uint32_t first,
                   std::uint32_t second) {
    const auto dominates = [&db](std::uint32_t high, std::uint32_t low) {
        return has_bit(db.role_val_to_struct[high - 1]->dominates, low - 1);
    };
    switch (op) {
    case CEXPR_EQ:
        return first == second;
    case CEXPR_NEQ:
        return first != second;
    case CEXPR_DOM:
        return dominates(first, second);
    case CEXPR_DOMBY:
        return dominates(second, first);
    default:
        return !dominates(first, second) && !dominates(second, first);
    }
}

std::uint32_t value_of(std::uint32_t attribute, const SecurityContext& context) {
    return (attribute & CEXPR_USER) != 0   ? context.user
           : (attribute & CEXPR_ROLE) != 0 ? context.role
                                           : context.type;
}

bool compare_attributes(const policydb_t& db, const constraint_expr_t& node,
                        const Subjects& subjects) {
    const std::uint32_t first = value_of(node.attr, subjects.source);
    const std::uint32_t second = value_of(node.attr, subjects.target);
    if (node.attr == CEXPR_ROLE)
        return compare_roles(db, node.op, first, second);
    if (node.attr == CEXPR_USER || node.attr == CEXPR_TYPE)
        return (first == second) == (node.op == CEXPR_EQ);
    return compare_levels(node.op, levels_of(node.attr, subjects));
}

bool compare_names(const constraint_expr_t& node, const Subjects& subjects) {
    const SecurityContext* context = &subjects.source;
    if ((node.attr & CEXPR_TARGET) != 0)
        context = &subjects.target;
    else if ((node.attr & CEXPR_XTARGET) != 0)
        context = subjects.task;
    if (context == nullptr)
        return false;
    return has_bit(node.names, value_of(node.attr, *context) - 1) == (node.op == CEXPR_EQ);
}

// Expressions are in reverse polish notation; libsepol has checked their depth while reading.
template <typename Value, typename Leaf, typename Not, typename Binary>
Value walk(const constraint_expr_t* expression, const Leaf& leaf, const Not& negate,
           const Binary& combine) {
    std::vector<Value> stack;
    const auto pop = [&stack] {
        if (stack.empty())
            throw std::invalid_argument("a constraint without operands");
        Value value = std::move(stack.back());
        stack.pop_back();
        return value;
    };
    for (const auto* node = expression; node != nullptr; node = node->next) {
        if (node->expr_type == CEXPR_NOT) {
            stack.push_back(negate(pop()));
        } else if (node->expr_type == CEXPR_AND || node->expr_type == CEXPR_OR) {
            Value second = pop();
            Value first = pop();
            stack.push_back(combine(node->expr_type == CEXPR_AND, first, second));
        } else {
            stack.push_back(leaf(*node));
        }
    }
    return pop();
}

const char* operator_name(std::uint32_t op) {
    switch (op) {
    case CEXPR_EQ:
        return " == ";
    case CEXPR_NEQ:
        return " != ";
    case CEXPR_DOM:
        return " dom ";
    case CEXPR_DOMBY:
        return " domby ";
    default:
        return " incomp ";
    }
}

std::string attributes_to_source(const constraint_expr_t& node) {
    const std::string op = operator_name(node.op);
    switch (node.attr) {
    case CEXPR_USER:
        return "u1" + op + "u2";
    case CEXPR_ROLE:
        return "r1" + op + "r2";
    case CEXPR_TYPE:
        return "t1" + op + "t2";
    case CEXPR_L1L2:
        return "l1" + op + "l2";
    case CEXPR_L1H2:
        return "l1" + op + "h2";
    case CEXPR_H1L2:
        return "h1" + op + "l2";
    case CEXPR_H1H2:
        return "h1" + op + "h2";
    case CEXPR_L1H1:
        return "l1" + op + "h1";
    default:
        return "l2" + op + "h2";
    }
}

// The names as they were written, attributes among them, where the policy has kept them.
const ebitmap_t& written_names(const constraint_expr_t& node) {
    const bool kept = (node.attr & CEXPR_TYPE) != 0 && node.type_names != nullptr &&
                      node.type_names->types.node != nullptr;
    return kept ? node.type_names->types : node.names;
}

std::vector<std::string> names_in(const policydb_t& db, const constraint_expr_t& node) {
    char** const table = (node.attr & CEXPR_USER) != 0   ? db.p_user_val_to_name
                         : (node.attr & CEXPR_ROLE) != 0 ? db.p_role_val_to_name
                                                         : db.p_type_val_to_name;
    std::vector<std::string> names;
    for_each_bit(written_names(node),
                 [&](unsigned bit) { names.emplace_back(table[bit] ? table[bit] : "?"); });
    return names;
}

std::string names_to_source(const policydb_t& db, const constraint_expr_t& node) {
    std::string text = (node.attr & CEXPR_USER) != 0   ? "u"
                       : (node.attr & CEXPR_ROLE) != 0 ? "r"
                                                       : "t";
    text += (node.attr & CEXPR_XTARGET) != 0 ? "3" : (node.attr & CEXPR_TARGET) != 0 ? "2" : "1";
    const auto names = names_in(db, node);
    return text + operator_name(node.op) +
           (names.size() == 1 ? names[0] : "{ " + join(names, " ") + " }");
}

} // namespace

bool holds(const policydb_t& db, const constraint_expr_t* expression, const Subjects& subjects) {
    return walk<char>(
               expression,
               [&](const constraint_expr_t& node) {
                   return static_cast<char>(node.expr_type == CEXPR_ATTR
                                                ? compare_attributes(db, node, subjects)
                                                : compare_names(node, subjects));
               },
               [](char value) { return static_cast<char>(value == 0); },
               [](bool conjunction, char first, char second) {
                   return static_cast<char>(conjunction ? (first != 0 && second != 0)
                                                        : (first != 0 || second != 0));
               }) != 0;
}

std::string to_source(const policydb_t& db, const constraint_expr_t* expression) {
    struct Piece {
        std::string text;
        bool compound = false;
        std::string enclosed() const { return compound ? "(" + text + ")" : text; }
    };
    const Piece all = walk<Piece>(
        expression,
        [&db](const constraint_expr_t& node) {
            return Piece{node.expr_type == CEXPR_ATTR ? attributes_to_source(node)
                                                      : names_to_source(db, node),
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

bool is_mls(const constraint_expr_t* expression) {
    for (const auto* node = expression; node != nullptr; node = node->next)
        if (node->expr_type == CEXPR_ATTR && node->attr >= CEXPR_L1L2)
            return true;
    return false;
}

std::vector<std::string> wanted_attributes(const policydb_t& db,
                                           const constraint_expr_t* expression) {
    std::vector<std::string> result;
    for (const auto* node = expression; node != nullptr; node = node->next)
        if (node->expr_type == CEXPR_NAMES && node->attr == CEXPR_TYPE && node->op == CEXPR_EQ)
            for (const std::string& name : names_in(db, *node))
                if (const auto* datum = lookup<type_datum_t>(db.p_types.table, name);
                    datum != nullptr && datum->flavor == TYPE_ATTRIB)
                    result.push_back(name);
    return result;
}

} // namespace selns::selinux
