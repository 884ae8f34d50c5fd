#pragma once

#include "selns/module/rules.hpp"

namespace selns::module {

// What one grant has more than another one.
struct GrantChange {
    Permissions added;
    Commands commands;         // of ioctl, that were added
    bool all_commands = false; // ioctl was limited to commands, and is so no longer

    bool none() const { return added.empty() && commands.empty() && !all_commands; }
};

// INTO becomes the join of both, provenance aside.
GrantChange join_grant(Grant& into, const Grant& other);

// What two statements about one triple grant together, unlike the join: commands limit the
// `ioctl` of the other. With the provenance of both.
Grant together(const Grant& a, const Grant& b);

// Takes what OTHER grants from FROM, and tells what that was. Commands alone are not taken from
// `ioctl` without commands.
struct GrantLoss {
    Permissions permissions;
    Commands commands; // when others stay

    bool none() const { return permissions.empty() && commands.empty(); }
};
GrantLoss subtract(Grant& from, const Grant& other);

bool grants_nothing(const Grant& grant);

} // namespace selns::module
