#include "selns-run/confine.hpp"
#include "selns-run/container.hpp"
#include "selns-run/exec.hpp"
#include "selns-run/policy.hpp"
#include "selns-run/run.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

namespace selns::run {

namespace {

Handle open_directory(Kernel& kernel, const std::string& path) {
    return {kernel, must(kernel.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
                                        RESOLVE_NO_SYMLINKS),
                         "open " + path + " of the container")};
}

} // namespace

void enter_container(Kernel& kernel, const Options& options) {
    // On a host, all that follows would be done to the host.
    if (kernel.getpid() != 1)
        throw refusal("`enter` is for the first process of a container",
                      "`selns-run exec` enters a container that selns-run has started; an OCI "
                      "runtime starts `enter` itself, in a pid namespace of the container's own");
    const Container container = describe(kernel, options, options.launch_file);
    const bool selinux = container.selinux != SelinuxUse::off;
    const Handle root = open_directory(kernel, "/");
    const Handle procfs = open_directory(kernel, "/proc");
    const std::vector<std::string> program =
        options.command.empty() ? std::vector<std::string>{"/sbin/init"} : options.command;
    find_program(kernel, root.get(), program[0]); // while nothing is changed yet
    LoadedPolicy loaded;
    if (selinux) {
        loaded = load_selinux(kernel, root.get(), procfs.get(), container);
        label_container(kernel, root.get(), container.launch);
    } else {
        enter_container_domain(kernel, procfs.get(), container.before.context);
    }

    reset_signals();
    drop_capabilities(kernel, !options.host_network);
    if (selinux)
        set_enforcing(kernel, loaded.selinuxfs.get(), loaded.enforcing);
    filter_system_calls(kernel, options.more_calls);
    if (selinux && !options.command.empty())
        choose_context(kernel, loaded.init_context, options.context);
    execute(kernel, root.get(), program, container_environment(container.terminal));
}

} // namespace selns::run
