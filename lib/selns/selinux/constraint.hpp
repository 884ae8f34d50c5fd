#pragma once

// Constraint expressions, for the sources of this module only.

#include "selns/selinux/context.hpp"

#include <string>

namespace selns::selinux {

// What a constraint is about: u1, t1 ... are of SOURCE, u2 ... of TARGET, u3 ... of TASK, which
// only validatetrans rules have (old, new and task's context).
struct Subjects {
    const SecurityContext& source;
    const SecurityContext& target;
    const SecurityContext* task = nullptr;
};

bool holds(const KernelPolicy& policy, const ConstraintExpression& expression,
           const Subjects& subjects);

// The expression as policy source has it: "(u1 == u2 or t1 == can_change_object_identity)".
std::string to_source(const KernelPolicy& policy, const ConstraintExpression& expression);

// Whether the expression compares levels.
bool is_mls(const ConstraintExpression& expression);

// The attributes that the expression wants t1 to have, one of them.
std::vector<std::string> wanted_attributes(const KernelPolicy& policy,
                                           const ConstraintExpression& expression);

} // namespace selns::selinux
