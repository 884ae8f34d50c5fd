#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// Leaves the processes of CGROUP, and of all below it, only the devices that any container has: a
// container is root without a user namespace, so it could make or mount nodes of the others. With
// KERNEL_LOG, /dev/kmsg is one of them.
void restrict_devices(Kernel& kernel, int cgroup, bool kernel_log);

} // namespace selns::run
