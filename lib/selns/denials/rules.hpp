#pragma once

#include "selns/denials/seen.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace selns::denials {

constexpr const char* self = "self"; // stands for a target that is the source itself

// What an allow rule is about.
struct Triple {
    std::string source;
    std::string target;
    std::string tclass;
    auto operator<=>(const Triple&) const = default;
};

using Permissions = std::set<std::string>;
using Commands = std::set<std::uint16_t>; // of ioctl, as in ioctlcmd=
constexpr const char* ioctl = "ioctl";    // the permission that can be limited to commands

// An allow rule, and the allowxperm rule on the same triple when there is one. The grants of one
// triple form a lattice, from no `ioctl` over `ioctl` with commands to `ioctl` without (all of
// them), and merging takes the join: so it is commutative, associative and idempotent.
struct Grant {
    Permissions permissions;
    // With `ioctl` among the permissions: only these commands. Never empty; nothing: all commands.
    // Commands without `ioctl` are an allowxperm rule that stands alone, since another module has
    // the allow rule; only modules written by hand have such.
    std::optional<Commands> commands;
    Seen seen;
    bool operator==(const Grant&) const = default;
};

using Rules = std::map<Triple, Grant>;

} // namespace selns::denials
