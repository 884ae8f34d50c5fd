#include "selns-run/selinux_namespace.hpp"

#include "selns-run/mounts.hpp"
#include "selns-run/policy.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>

namespace selns::run {

namespace {

const char* const kernel_hint =
    "a kernel with CONFIG_SECURITY_SELINUX_NS is needed: `selns-build kernel build selinuxns`; "
    "--selinux-namespace=none is for a machine that has no policy of its own";

std::string with_limits(const SelinuxState& state) {
    const auto shown = [](const std::string& value) { return value.empty() ? "unknown" : value; };
    return "maxns is " + shown(state.most_namespaces) + ", maxnsdepth " + shown(state.most_nested);
}

std::string type_of(const std::string& context) {
    const std::size_t role = context.find(':');
    const std::size_t type = role == std::string::npos ? role : context.find(':', role + 1);
    return type == std::string::npos
               ? "DOMAIN"
               : context.substr(type + 1, context.find(':', type + 1) - type - 1);
}

// The machine's own, or one that is attached nowhere, so that nothing else sees it.
Handle open_selinuxfs(Kernel& kernel) {
    Handle there(kernel, kernel.openat2(AT_FDCWD, "/sys/fs/selinux",
                                        O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0));
    if (there && kernel.file_system(there.get()) == selinuxfs_magic)
        return there;
    const Handle fs(kernel, kernel.fsopen("selinuxfs"));
    if (fs.get() == -ENODEV)
        return {};
    must(fs.get(), "look at selinuxfs", "root is needed");
    must(kernel.fsconfig(fs.get(), nullptr, nullptr), "look at selinuxfs");
    return {kernel, must(kernel.fsmount(fs.get(), 0), "look at selinuxfs")};
}

void look_at_namespaces(Kernel& kernel, SelinuxState& state) {
    LsmAttribute attribute;
    std::uint32_t size = sizeof attribute;
    const long got = kernel.lsm_get(attribute_unshare, &attribute, size);
    state.old_kernel = got == -ENOSYS;
    state.refused = got == -EPERM;
    state.namespaces = got > 0;
    state.fresh = got > 0 && attribute.id == selinux_id && attribute.context_length > 0 &&
                  (attribute.context[0] == 1 || attribute.context[0] == '1');
}

} // namespace

const char* owner_of(SelinuxUse use) {
    return use == SelinuxUse::required  ? "container"
           : use == SelinuxUse::initial ? "machine"
                                        : "none";
}

SelinuxState look_at_selinux(Kernel& kernel) {
    SelinuxState state;
    look_at_namespaces(kernel, state);
    state.context = printable(read_setting(kernel, AT_FDCWD, "/proc/self/attr/current"));
    // Before a policy is loaded, contexts are the names of initial SIDs: "kernel".
    state.policy = state.context.find(':') != std::string::npos;
    const Handle fs = open_selinuxfs(kernel);
    state.present = static_cast<bool>(fs);
    if (!fs)
        return state;
    state.enforcing = read_setting(kernel, fs.get(), "enforce") == "1";
    state.policy_versions = read_setting(kernel, fs.get(), "policyvers");
    state.most_namespaces = read_setting(kernel, fs.get(), "maxns");
    state.most_nested = read_setting(kernel, fs.get(), "maxnsdepth");
    return state;
}

SelinuxUse decide(SelinuxUse wanted, const SelinuxState& state) {
    if (wanted == SelinuxUse::off)
        return wanted;
    if (!state.present)
        throw refusal(
            "this kernel has no SELinux, or it is switched off",
            "boot with `security=selinux selinux=1`; --without-selinux starts a container "
            "that no policy confines");
    if (state.namespaces && wanted != SelinuxUse::initial)
        return SelinuxUse::required;
    if (wanted == SelinuxUse::required && state.refused)
        throw refusal("SELinux namespaces are not allowed here",
                      "a container may make some if it is started with --nested-namespaces");
    if (wanted == SelinuxUse::required)
        throw refusal(state.old_kernel
                          ? "this kernel has no SELinux namespaces: it is older than Linux 6.8"
                          : "this kernel has no SELinux namespaces",
                      kernel_hint);
    if (state.policy)
        throw refusal(wanted == SelinuxUse::initial
                          ? "this machine has a policy already, which the container's would replace"
                          : "this kernel has no SELinux namespaces, and a policy is loaded already",
                      kernel_hint);
    return SelinuxUse::initial;
}

std::string enter_container_domain(Kernel& kernel, int procfs, const std::string& own) {
    const std::string launcher = ":selns_run_t";
    const std::size_t at = own.find(launcher);
    if (at == std::string::npos || type_of(own) != launcher.substr(1))
        return own;
    std::string context = own;
    context.replace(at, launcher.size(), ":selns_container_t");
    must(set_context(kernel, ContextOf::current, context, procfs), "go to the host's " + context,
         "the host's policy module for selns-run is of another version");
    return context;
}

void unshare_selinux(Kernel& kernel, int procfs, const SelinuxState& state) {
    const std::string context = enter_container_domain(kernel, procfs, state.context);
    LsmAttribute attribute;
    attribute.id = selinux_id;
    attribute.length = LsmAttribute::header_size;
    const long done = kernel.lsm_set(attribute_unshare, &attribute, LsmAttribute::header_size);
    const std::string what = "make an SELinux namespace";
    if (done >= 0)
        return;
    if (done == -ENOSPC)
        throw refusal("cannot make an SELinux namespace: a limit is reached (" +
                          with_limits(state) + ")",
                      "end other containers and try again, the kernel frees namespaces a little "
                      "later; or raise the limit in /sys/fs/selinux of the host's first namespace");
    if (done == -EACCES)
        throw refusal("cannot make an SELinux namespace: the policy here denies it to " +
                          (context.empty() ? "this process" : context),
                      "a module with (allow " + type_of(context) +
                          " self (process2 (unshare_selinuxns))) allows it");
    if (done == -EOPNOTSUPP || done == -ENOSYS || done == -EINVAL)
        throw failure(what, done, kernel_hint);
    throw failure(what, done);
}

} // namespace selns::run
