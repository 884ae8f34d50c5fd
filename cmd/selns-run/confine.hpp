#pragma once

#include "selns-run/kernel.hpp"
#include "selns-run/system_calls.hpp"

namespace selns::run {

// What a process of a container may do: the capabilities that remain, and the system calls of
// system_calls.hpp, with MORE of them.
void drop_capabilities(Kernel& kernel, bool private_network);
void filter_system_calls(Kernel& kernel, const MoreCalls& more);

// container=, PATH and TERM: nothing of the host's.
std::vector<std::string> container_environment(const std::string& terminal);

// Leaves the processes of CGROUP, and of all below it, only the devices that any container has: a
// container is root without a user namespace, so it could make or mount nodes of the others. With
// KERNEL_LOG, /dev/kmsg is one of them.
void restrict_devices(Kernel& kernel, int cgroup, bool kernel_log);

// Executes this program anew with WORDS as its arguments, from a read-only mount of its file that
// is attached nowhere; returns when it is executed from such a one already. For what becomes a
// process of a container before it executes something: in there, /proc/PID/exe leads to this mount,
// and not to where the host can write to the file.
void execute_read_only(Kernel& kernel, const std::vector<std::string>& words);

} // namespace selns::run
