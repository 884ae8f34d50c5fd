#pragma once

#include "selns-run/container.hpp"

namespace selns::run {

// What a loaded policy leaves to be done.
struct LoadedPolicy {
    Handle selinuxfs;
    bool enforcing = false;   // which the container is to be, once all is ready
    std::string init_context; // what the image's init gets; empty: it has none
};

// Gives this process the policy of the image below ROOT, in an SELinux namespace of its own if
// CONTAINER says so, and labels what its launch file names. All mounts of the container are there.
// PROCFS shows this process.
LoadedPolicy load_selinux(Kernel& kernel, int root, int procfs, const Container& container);

} // namespace selns::run
