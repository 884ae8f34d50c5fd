#pragma once

#include "selns-run/kernel.hpp"

#include <initializer_list>
#include <utility>

namespace selns::run {

// A new instance of file system TYPE, detached.
Handle new_mount(Kernel& kernel, const std::string& type,
                 std::initializer_list<std::pair<const char*, const char*>> options,
                 std::uint64_t attributes);

// "/dev" and "pts" of "/dev/pts"
std::pair<std::string, std::string> split_last(const std::string& path);

// The directory PATH ("/dev/pts") of ROOT, made if it is missing, for what WHAT says. No component
// may be a symbolic link, whoever made it.
Handle make_directory(Kernel& kernel, int root, const std::string& path, const std::string& what);

// Attaches MOUNT at PATH of ROOT, as make_directory() has it.
void attach(Kernel& kernel, const Handle& mount, int root, const std::string& path);

// /dev (with /dev/kmsg if KERNEL_LOG), /sys, /run and /tmp of a container; /proc is its init's to
// mount.
void mount_api(Kernel& kernel, int root, bool kernel_log);

// A terminal of the container's own.
struct Console {
    Handle master;
    Handle terminal;
};
// A new terminal of the devpts instance DEVPTS.
Console open_terminal(Kernel& kernel, int devpts);
// Puts TERMINAL on /dev/console.
void mount_console(Kernel& kernel, int root, int terminal);

// Makes ROOT the root of this mount namespace; nothing of the old one can be reached.
void leave_host(Kernel& kernel, int root);

// /proc, for a process in the container's own pid namespace, without what concerns the host.
void mount_proc(Kernel& kernel, int root);

} // namespace selns::run
