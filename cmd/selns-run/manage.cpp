#include "selns-run/confine.hpp"
#include "selns-run/exec.hpp"
#include "selns-run/policy.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace selns::run {

namespace {

void show(const char* name, const std::string& value) {
    if (!value.empty())
        std::printf("%-12s %s\n", name, value.c_str());
}

int show_own_status(Kernel& kernel) {
    const SelinuxState state = look_at_selinux(kernel);
    if (!state.present) {
        show("selinux", "off: not in this kernel, or switched off");
        return 1;
    }
    show("selinux", "on");
    show("namespaces", state.namespaces   ? "can be made"
                       : state.refused    ? "not allowed here"
                       : state.old_kernel ? "none: the kernel is older than Linux 6.8"
                                          : "none in this kernel");
    // With a policy, the kernel does not tell an own namespace from the first one.
    show("namespace", state.fresh                           ? "own, without a policy yet"
                      : !state.namespaces && !state.refused ? "initial"
                      : state.policy ? "initial, or own with its policy loaded"
                                     : "initial");
    show("policy", state.policy ? "loaded" : "none");
    show("mode", state.enforcing ? "enforcing" : "permissive");
    show("context", state.context);
    show("policyvers", state.policy_versions);
    show("maxns", state.most_namespaces);
    show("maxnsdepth", state.most_nested);
    return 0;
}

// The child of process PID that was started first; empty when there is none.
std::string first_child(Kernel& kernel, const std::string& pid) {
    const std::string children =
        read_setting(kernel, AT_FDCWD, "/proc/" + pid + "/task/" + pid + "/children");
    return children.substr(0, children.find(' '));
}

// The first process of the container that LAUNCHER has started: of a command, the command.
std::string first_of(Kernel& kernel, const std::string& launcher) {
    const std::string worker = first_child(kernel, launcher);
    const std::string first = worker.empty() ? worker : first_child(kernel, worker);
    if (first.empty())
        throw refusal("the container is not up yet");
    const std::string command = first_child(kernel, first);
    const std::string reaper = read_setting(kernel, AT_FDCWD, "/proc/" + first + "/comm");
    return reaper == "selns-run" && !command.empty() ? command : first;
}

int show_other_status(Kernel& kernel, std::string pid) {
    if (!std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; }) || pid.size() > 9)
        throw Error(ErrorKind::usage, "status takes the PID of a process");
    // `list` tells a container by its launcher: what is asked about is the container.
    for (const Running& running : running_containers(kernel))
        if (std::to_string(running.launcher) == pid) {
            show("container", printable(running.name));
            pid = first_of(kernel, pid);
            show("process", pid);
            break;
        }
    const std::string process = "/proc/" + pid;
    const Handle directory(kernel, must(kernel.openat2(AT_FDCWD, process, O_PATH | O_CLOEXEC, 0, 0),
                                        "look at process " + pid));
    show("context", printable(read_setting(kernel, directory.get(), "attr/current")));
    // An instance of selinuxfs shows the namespace of whoever mounted it.
    const Handle root(kernel,
                      must(kernel.openat2(directory.get(), "root", O_PATH | O_CLOEXEC, 0, 0),
                           "look at the root of process " + pid, "root is needed"));
    const Handle fs(kernel,
                    open_below(kernel, root.get(), "/sys/fs/selinux", O_PATH | O_DIRECTORY));
    if (!fs || kernel.file_system(fs.get()) != selinuxfs_magic) {
        show("selinuxfs", "none is mounted for it");
        return 0;
    }
    show("mode", read_setting(kernel, fs.get(), "enforce") == "1" ? "enforcing" : "permissive");
    show("policyvers", printable(read_setting(kernel, fs.get(), "policyvers")));
    return 0;
}

} // namespace

int list_containers(Kernel& kernel) {
    for (const Running& running : running_containers(kernel))
        std::printf("%-20s %8d  %s\n", printable(running.name).c_str(), running.launcher,
                    printable(running.image).c_str());
    return 0;
}

int stop_container(Kernel& kernel, const Options& options) {
    const Running running = running_container(kernel, options.what);
    const long opened = ::syscall(SYS_pidfd_open, running.launcher, 0);
    const Handle launcher(kernel, must(opened < 0 ? -errno : opened, "find the launcher"));
    // The number may have been given to another process in between: then the lock was given up.
    if (running_container(kernel, options.what).launcher != running.launcher)
        throw refusal("the container was started anew just now");
    pollfd ended{launcher.get(), POLLIN, 0};
    for (const unsigned limit : {options.limit, 10U}) {
        if (::syscall(SYS_pidfd_send_signal, launcher.get(), SIGTERM, nullptr, 0) != 0)
            throw failure("stop the container", -errno);
        if (::poll(&ended, 1, static_cast<int>(limit * 1000)) > 0)
            return 0;
    }
    throw refusal("the container does not end");
}

int show_status(Kernel& kernel, const std::string& pid) {
    return pid.empty() ? show_own_status(kernel) : show_other_status(kernel, pid);
}

int run_unshared(Kernel& kernel, const std::vector<std::string>& command) {
    const SelinuxState state = look_at_selinux(kernel);
    decide(SelinuxUse::required, state);
    must(kernel.unshare(CLONE_NEWNS), "make a mount namespace", "root is needed");
    const Handle root(kernel,
                      must(kernel.openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0), "open /"));
    must(kernel.mount_setattr(root.get(), true, 0, 0, MS_SLAVE), "keep mounts from the host");
    unshare_selinux(kernel, state);
    const Handle selinuxfs = mount_selinuxfs(kernel, root.get());
    ::execvp(command[0].c_str(), pointers(command).data());
    throw failure("execute " + printable(command[0]), -errno);
}

} // namespace selns::run
