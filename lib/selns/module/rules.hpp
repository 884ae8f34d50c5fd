#pragma once

#include "selns/log/seen.hpp"
#include "selns/verdict/access.hpp"

#include <map>
#include <optional>

namespace selns::module {

// The words of rules are those of verdicts.
using verdict::Commands;
using verdict::ioctl;
using verdict::Permissions;
using verdict::self;
using verdict::Triple;

// An allow rule, and the allowxperm rule on the same triple when there is one. The grants of one
// triple form a lattice, from no `ioctl` over `ioctl` with commands to `ioctl` without (all of
// them), and merging takes the join: so it is commutative, associative and idempotent.
struct Grant {
    Permissions permissions;
    // With `ioctl` among the permissions: only these commands. Never empty; nothing: all commands.
    // Commands without `ioctl` are an allowxperm rule that stands alone, since another module has
    // the allow rule; only modules written by hand have such.
    std::optional<Commands> commands;
    log::Seen seen;
    // Those of `permissions` that no log has shown: they came with others (--complete). In a join,
    // what one of both has seen is seen.
    Permissions unseen = {};
    bool operator==(const Grant&) const = default;
};

using Rules = std::map<Triple, Grant>;

} // namespace selns::module
