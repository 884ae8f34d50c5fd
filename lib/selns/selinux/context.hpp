#pragma once

// Security contexts in a policy's own numbers, for the sources of this module only.

#include "selns/selinux/kernel_policy.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::selinux {

// User, role and type are values (from 1) of the policy's symbol tables.
struct SecurityContext {
    std::uint32_t user = 0;
    std::uint32_t role = 0;
    std::uint32_t type = 0;
    Range range; // in an MLS policy
};

// Nothing when a name is not of this policy or the form is wrong. Takes what libsepol takes, and
// so ignores what may follow the high level's categories after a dash.
std::optional<SecurityContext> parse_context(const KernelPolicy& policy, std::string_view text);

// Whether user, role, type and range go together: the user has the role, the role the type, and
// the levels their categories and a place in the user's range. object_r goes with everything.
bool goes_together(const KernelPolicy& policy, const SecurityContext& context);

} // namespace selns::selinux
