#pragma once

#include "selns-run/options.hpp"

namespace selns::run {

// `selns-run IMAGE`: from the start to the end of a container. Returns the exit status.
int run_container(Kernel& kernel, const Options& options);

// `selns-run enter`: the first process of a container that another runtime has made and mounted. It
// does what such a runtime does not: SELinux, the table's labels, capabilities and the filter of
// system calls; then it becomes the image's init, or a command. Returns only by an exception.
void enter_container(Kernel& kernel, const Options& options);

// The rest of the subcommands.
int list_containers(Kernel& kernel, const Options& options);
int stop_container(Kernel& kernel, const Options& options);
int show_status(Kernel& kernel, const Options& options);
int run_unshared(Kernel& kernel, const std::vector<std::string>& command);

} // namespace selns::run
