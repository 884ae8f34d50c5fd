#pragma once

#include <cstdint>
#include <span>

namespace selns::run {

// What a container may ask of the kernel, by the numbers of this architecture. What is in none of
// these tables does not exist for it (ENOSYS): what is newer than they are, what libraries go
// without when it is missing, and other architectures' calls.

// What is allowed when asked for.
struct MoreCalls {
    bool new_mounts = false;         // new_mount_calls()
    bool selinux_namespaces = false; // selinux_namespace_uses()
};

// Allowed: what capabilities, devices, the mounts and the policy bind already.
std::span<const int> allowed_calls();

// Allowed when asked for: systemd needs them from version 258 on. A policy is asked about them as
// about mount(2).
std::span<const int> new_mount_calls();

// Refused (EPERM), since nothing else keeps them from what is the whole machine's.
std::span<const int> forbidden_calls();

// Allowed but with some arguments, which are one or two.
struct Argument {
    unsigned index;
    std::uint32_t mask; // of its lower half, which is all that these calls look at
    std::uint32_t value;
};
struct RefusedUse {
    int call;
    std::span<const Argument> arguments;
    int error;
};
std::span<const RefusedUse> refused_uses();
// Refused (EPERM) unless asked for: a container's own SELinux namespaces, in which another policy
// than the container's decides as well.
std::span<const RefusedUse> selinux_namespace_uses();

} // namespace selns::run
