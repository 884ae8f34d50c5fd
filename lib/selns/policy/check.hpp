#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/policy/changes.hpp"
#include "selns/selinux/policydb.hpp"

#include <functional>
#include <set>
#include <string>

namespace selns::policy {

// A name that a statement uses and that neither the policy nor the modules define, so far as is
// known from the kernel policy alone.
struct UnknownName {
    enum class Kind { type, tclass, permission, boolean } kind = Kind::type;
    std::string name;
    Location at;
    std::string message; // "allow: type nosuch_t is not defined in this policy"
};

// The names in the top-level statements of CIL modules, and the booleans, that cannot be resolved.
// Statements inside of blocks, optionals, macros and conditionals are left to the compiler.
std::vector<UnknownName> unknown_names(const Changes& changes, const selinux::PolicyDb& policy);

// A kernel policy lacks attributes and class maps that were expanded away, and says nothing about
// booleans that no rule uses. Takes from UNKNOWN what the CIL text of an installed module declares.
void remove_declared(std::vector<UnknownName>& unknown, std::string_view module_cil);

} // namespace selns::policy
