// What symbols and constraints say about symbols of later tables, checked when all are known.

#include "selns/selinux/policy_reader.hpp"

namespace selns::selinux {

namespace {

// The kernel refuses longer chains of bounds, and so loops.
constexpr int longest_bounds = 3;

void check_set(const BitSet& set, std::uint32_t highest) {
    require(set.empty() || set.highest() < highest, "a set has a number that there is not");
}

void check_expression(const KernelPolicy& policy, const ConstraintExpression& expression) {
    for (const ConstraintNode& node : expression) {
        check_set(node.names, (node.attribute & constraint_user) != 0   ? policy.users.highest()
                              : (node.attribute & constraint_role) != 0 ? policy.roles.highest()
                                                                        : policy.types.highest());
        check_set(node.written, policy.types.highest());
    }
}

void check_classes(const KernelPolicy& policy) {
    for (const SecurityClass& tclass : policy.classes)
        for (const auto* constraints : {&tclass.constraints, &tclass.validatetrans})
            for (const Constraint& constraint : *constraints)
                check_expression(policy, constraint.expression);
}

void check_bounds(const KernelPolicy& policy, const Type& type) {
    int steps = 0;
    for (std::uint32_t parent = type.bounds; parent != 0; parent = policy.types.at(parent).bounds) {
        const Type* found = policy.types.find(parent);
        require(found != nullptr && !found->attribute, "a type is bounded by none");
        require(++steps <= longest_bounds, "bounds of types are a loop, or too deep");
    }
}

void check_level(const KernelPolicy& policy, const Level& level) {
    check_set(level.categories, policy.categories.highest());
}

} // namespace

void check_references(const KernelPolicy& policy) {
    check_classes(policy);
    for (const Role& role : policy.roles) {
        check_set(role.dominates, policy.roles.highest());
        check_set(role.types, policy.types.highest());
    }
    for (const User& user : policy.users) {
        check_set(user.roles, policy.roles.highest());
        for (const Level& level : user.range)
            check_level(policy, level);
    }
    for (const Sensitivity& sensitivity : policy.sensitivities)
        check_level(policy, sensitivity.level);
    for (const Type& type : policy.types)
        check_bounds(policy, type);
}

} // namespace selns::selinux
