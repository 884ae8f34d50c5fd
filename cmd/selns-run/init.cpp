#include "selns-run/confine.hpp"
#include "selns-run/container.hpp"
#include "selns-run/exec.hpp"
#include "selns-run/policy.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace selns::run {

namespace {

void start_command(Kernel& kernel, const Container& container, int root,
                   const LoadedPolicy& policy) {
    const Command command{container.command, container.context, container.terminal,
                          first_terminal(container.terminals)};
    const bool selinux = container.selinux != SelinuxUse::off;
    const auto setup = [&] {
        execute_command(kernel, root, command, selinux, policy.init_context);
    };
    kernel.spawn(-1, setup, [] { return 125; });
}

} // namespace

void become_first(Kernel& kernel, const Container& container, int root, const InnerStreams& streams,
                  const LoadedPolicy& policy) {
    reset_signals();
    must(kernel.setsid(), "start a session");
    set_streams(kernel, streams);
    mount_proc(kernel, root);
    if (policy.selinuxfs)
        set_enforcing(kernel, policy.selinuxfs.get(), policy.enforcing);
    // Not left to execve: a command could reach them by the process that waits for it.
    must(kernel.close_others({root}), "close the host's files");
    drop_capabilities(kernel, container.private_network);
    filter_system_calls(kernel, container.more_calls);
    if (!container.command.empty())
        return start_command(kernel, container, root, policy);
    std::vector<std::string> init = {"/sbin/init"};
    init.insert(init.end(), container.init_arguments.begin(), container.init_arguments.end());
    execute(kernel, root, init, container_environment(container.terminal));
}

int reap_until_command_ends() {
    // It executes nothing, so nothing closes them for it; the report's pipe is closed already.
    ::close_range(0, ~0U, 0);
    int command = 125;
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, 0);
        if (ended < 0 && errno == ECHILD)
            return command;
        // The first child is the command: the pid after this process's.
        if (ended == 2)
            return status_of(status);
    }
}

} // namespace selns::run
