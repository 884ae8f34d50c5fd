#pragma once

// Security contexts in a policy's own numbers, for the sources of this module only.

#include "selns/selinux/sepol.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace selns::selinux {

struct Level {
    std::uint32_t sensitivity = 0;
    std::vector<bool> categories; // by value - 1; as long as the highest one

    bool operator==(const Level&) const = default;
    bool dominates(const Level& other) const;
};

// User, role and type are values (from 1) of the policy's symbol tables.
struct SecurityContext {
    std::uint32_t user = 0;
    std::uint32_t role = 0;
    std::uint32_t type = 0;
    std::array<Level, 2> range; // low, high; in an MLS policy
};

// Nothing when a name is not of this policy or the form is wrong. Whether user, role, type and
// range go together is another question.
std::optional<SecurityContext> parse_context(const policydb_t& db, std::string_view text);

} // namespace selns::selinux
