#pragma once

#include "selns-run/options.hpp"

namespace selns::run {

// `selns-run enter`: the first process of a container that another runtime has made and mounted. It
// does what such a runtime does not: SELinux, the table's labels, capabilities and the filter of
// system calls; then it becomes the image's init, or a command. Returns only by an exception.
void enter_container(Kernel& kernel, const Options& options);

} // namespace selns::run
