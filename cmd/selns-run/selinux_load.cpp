#include "selns-run/container.hpp"
#include "selns-run/policy.hpp"

#include <cstdlib>

namespace selns::run {

LoadedPolicy load_selinux(Kernel& kernel, int root, int procfs, const Container& container) {
    const PolicyChoice choice = read_config(kernel, root);
    if (choice.type != container.launch.policy_type)
        throw refusal("the image's policy is " + choice.type + ", its launch file's " +
                          printable(container.launch.policy_type),
                      "the launch file belongs to another build");
    const unsigned long newest =
        std::strtoul(container.before.policy_versions.c_str(), nullptr, 10);
    const std::string policy =
        read_policy(kernel, root, choice.type, static_cast<unsigned>(newest));
    // What is mounted before, is labelled after the load.
    if (container.selinux == SelinuxUse::required)
        unshare_selinux(kernel, procfs, container.before);
    LoadedPolicy loaded;
    loaded.sha256 = digest_of(policy);
    loaded.enforcing = container.enforcing.value_or(choice.enforcing);
    loaded.selinuxfs = mount_selinuxfs(kernel, root);
    load_policy(kernel, loaded.selinuxfs.get(), policy);
    loaded.init_context = init_context(kernel, root, loaded.selinuxfs.get(),
                                       read_setting(kernel, procfs, "self/attr/current"));
    return loaded;
}

} // namespace selns::run
