#include "selns/kernel/abilities.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace selns::kernel {

const std::vector<Ability>& abilities() {
    static const std::vector<Ability> all = {
        {"selinux",
         "SELinux",
         {"CONFIG_SECURITY", "CONFIG_SECURITY_NETWORK", "CONFIG_SECURITY_SELINUX"},
         "selinuxfs"},
        {"selinux-namespaces", "SELinux namespaces", {"CONFIG_SECURITY_SELINUX_NS"}},
        {"selinux-default", "SELinux without a kernel parameter", {"CONFIG_SECURITY_SELINUX"}},
        {"selinux-permissive", "permissive mode", {"CONFIG_SECURITY_SELINUX_DEVELOP"}},
        {"audit", "audit", {"CONFIG_AUDIT"}},
        {"ext4", "ext4 with labels", {"CONFIG_EXT4_FS", "CONFIG_EXT4_FS_SECURITY"}, "ext4"},
        {"squashfs",
         "squashfs with labels",
         {"CONFIG_SQUASHFS", "CONFIG_SQUASHFS_XATTR"},
         "squashfs"},
        {"erofs",
         "erofs with labels",
         {"CONFIG_EROFS_FS", "CONFIG_EROFS_FS_XATTR", "CONFIG_EROFS_FS_SECURITY"},
         "erofs"},
        {"tmpfs", "tmpfs with labels", {"CONFIG_TMPFS", "CONFIG_TMPFS_XATTR"}, "tmpfs"},
        {"overlay", "overlayfs", {"CONFIG_OVERLAY_FS"}, "overlay"},
        {"loop", "loop devices", {"CONFIG_BLK_DEV_LOOP"}},
        {"devtmpfs", "devtmpfs", {"CONFIG_DEVTMPFS"}, "devtmpfs"},
        {"initramfs", "initramfs", {"CONFIG_BLK_DEV_INITRD"}},
        {"virtio-pci", "virtio over PCI", {"CONFIG_VIRTIO_PCI"}},
        {"virtio-blk", "virtio disks", {"CONFIG_VIRTIO_BLK"}},
        {"virtio-net", "virtio network", {"CONFIG_VIRTIO_NET"}},
        {"virtio-console", "virtio console", {"CONFIG_VIRTIO_CONSOLE"}},
        {"serial", "serial console", {"CONFIG_SERIAL_8250", "CONFIG_SERIAL_8250_CONSOLE"}},
        {"namespaces",
         "namespaces",
         {"CONFIG_UTS_NS", "CONFIG_IPC_NS", "CONFIG_PID_NS", "CONFIG_NET_NS"}},
        {"user-namespaces", "user namespaces", {"CONFIG_USER_NS"}},
        {"cgroups", "control groups", {"CONFIG_CGROUPS"}, "cgroup2"},
        {"device-filter", "device filters of cgroups", {"CONFIG_BPF_SYSCALL", "CONFIG_CGROUP_BPF"}},
        {"call-filter", "filters of system calls", {"CONFIG_SECCOMP_FILTER"}},
        {"process-events", "events of processes", {"CONFIG_CONNECTOR", "CONFIG_PROC_EVENTS"}},
    };
    return all;
}

const Ability& ability(std::string_view id) {
    for (const Ability& known : abilities())
        if (known.id == id)
            return known;
    throw std::logic_error("no ability " + std::string(id));
}

namespace {

State state_of(std::string_view value) {
    return value == "y" ? State::yes : value == "m" ? State::module : State::no;
}

// Of these modules the first in the list is the one that decides, until SELinux can be stacked.
bool is_exclusive(std::string_view module) {
    constexpr std::array<std::string_view, 3> names = {"apparmor", "selinux", "smack"};
    return std::find(names.begin(), names.end(), module) != names.end();
}

std::string_view first_exclusive(std::string_view order) {
    for (const std::string_view module : split(order, ','))
        if (is_exclusive(trim(module)))
            return trim(module);
    return {};
}

Finding finding_of(const Ability& ability, const Config& config) {
    Finding finding{ability.id, State::yes, {}};
    std::vector<std::string> missing;
    for (const std::string_view symbol : ability.symbols) {
        const State state = state_of(value_of(config, symbol));
        finding.state = std::min(finding.state, state);
        if (state == State::no)
            missing.emplace_back(symbol);
    }
    if (!missing.empty())
        finding.detail = "no " + join(missing, ", ");
    return finding;
}

} // namespace

Finding selinux_default(const Config& config) {
    Finding finding = finding_of(ability("selinux-default"), config);
    if (finding.state != State::yes)
        return finding;
    const auto order = config.find("CONFIG_LSM");
    if (order == config.end()) { // Linux before 5.1
        const bool chosen = value_of(config, "CONFIG_DEFAULT_SECURITY_SELINUX") == "y";
        return {finding.id, chosen ? State::yes : State::no,
                chosen ? "" : "needs security=selinux on the kernel's command line"};
    }
    const std::string modules = printable(without_quotes(order->second.value));
    const std::string_view first = first_exclusive(modules);
    if (first != "selinux")
        return {finding.id, State::no,
                "needs security=selinux on the kernel's command line; order: " + modules};
    if (value_of(config, "CONFIG_SECURITY_SELINUX_BOOTPARAM_VALUE") == "0")
        return {finding.id, State::no, "needs selinux=1 on the kernel's command line"};
    return {finding.id, State::yes, "order: " + modules};
}

std::vector<Finding> findings_of(const Config& config) {
    std::vector<Finding> findings;
    for (const Ability& ability : abilities())
        findings.push_back(ability.id == "selinux-default" ? selinux_default(config)
                                                           : finding_of(ability, config));
    return findings;
}

State state_of(const std::vector<Finding>& findings, std::string_view id) {
    for (const Finding& finding : findings)
        if (finding.id == id)
            return finding.state;
    return State::unknown;
}

} // namespace selns::kernel
