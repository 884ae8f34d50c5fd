#pragma once

#include <sys/types.h>

namespace selns::process {

// Kills PID, a child of this process, and all that descends from it, in whatever process group,
// session or namespace. Does not wait for their ends.
void kill_with_descendants(pid_t pid);

} // namespace selns::process
