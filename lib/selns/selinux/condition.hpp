#pragma once

// The expressions of `if` blocks, for the sources of this module only.

#include "selns/selinux/kernel_policy.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace selns::selinux {

// The condition's value with the policy's booleans, those of FLIPPED (rising) turned round.
bool value_of(const KernelPolicy& policy, const Condition& condition,
              const std::vector<std::uint32_t>& flipped = {});

// The fewest booleans to turn round for the condition to have VALUE; nothing when none do, or
// when there are too many booleans to try.
std::optional<std::vector<std::uint32_t>> flips_for(const KernelPolicy& policy,
                                                    const Condition& condition, bool value);

} // namespace selns::selinux
