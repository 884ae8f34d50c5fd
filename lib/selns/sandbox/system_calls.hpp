#pragma once

#include "selns/sandbox/worker.hpp"

namespace selns::sandbox {

// From here on this process, and all that it starts, can make the system calls that RIGHTS name
// and no others, for which the kernel says ENOSYS. Cannot be undone. Throws when the kernel
// refuses.
void allow_only(Rights rights);

} // namespace selns::sandbox
