#include "selns-run/policy.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace selns::run {

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

int run_unshared(Kernel& kernel, const std::vector<std::string>& command) {
    const SelinuxState state = look_at_selinux(kernel);
    decide(SelinuxUse::required, state);
    must(kernel.unshare(CLONE_NEWNS), "make a mount namespace", "root is needed");
    const Handle root(kernel,
                      must(kernel.openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0), "open /"));
    must(kernel.mount_setattr(root.get(), true, 0, 0, MS_SLAVE), "keep mounts from the host");
    unshare_selinux(kernel, -1, state);
    const Handle selinuxfs = mount_selinuxfs(kernel, root.get());
    ::execvp(command[0].c_str(), pointers(command).data());
    throw failure("execute " + printable(command[0]), -errno);
}

} // namespace selns::run
