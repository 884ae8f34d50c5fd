#pragma once

// The expressions of `if` blocks, for the sources of this module only.

#include "selns/selinux/sepol.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace selns::selinux {

// The value of BLOCK's expression with the policy's booleans, those of FLIPPED turned round.
bool value_of(const policydb_t& db, const cond_node_t& block,
              const std::vector<std::uint32_t>& flipped = {});

// The fewest booleans to turn round for the expression to have VALUE; nothing when none do, or
// when there are too many booleans to try.
std::optional<std::vector<std::uint32_t>> flips_for(const policydb_t& db, const cond_node_t& block,
                                                    bool value);

} // namespace selns::selinux
