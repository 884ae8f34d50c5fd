#include "selns-run/cgroup.hpp"

#include "selns-run/confine.hpp"
#include "selns-run/mounts.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>

#include <cerrno>
#include <ctime>

namespace selns::run {

namespace {

constexpr std::uint64_t directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr int most_pauses = 200; // of 10 ms

// This process's cgroup in the v2 hierarchy, "/system.slice/x.service".
std::string own_path(Kernel& kernel) {
    const std::string text = read_setting(kernel, AT_FDCWD, "/proc/self/cgroup");
    const std::size_t at = text.rfind("\n0::") != std::string::npos ? text.rfind("\n0::") + 1 : 0;
    if (text.compare(at, 3, "0::") != 0)
        return "/";
    return text.substr(at + 3, text.find('\n', at) - at - 3);
}

// The hierarchy where it is mounted. A mount of one's own is for where it is not: the flags of the
// one hierarchy (nsdelegate, memory_recursiveprot) become what the newest mount says.
Handle open_hierarchy(Kernel& kernel) {
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        Handle there(kernel, kernel.openat2(AT_FDCWD, path, directory_flags, 0, 0));
        if (there && kernel.file_system(there.get()) == CGROUP2_SUPER_MAGIC)
            return there;
    }
    return new_mount(kernel, "cgroup2", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

Handle make(Kernel& kernel, int directory, const std::string& name) {
    const std::string what = "make the cgroup " + name;
    const long made = kernel.mkdirat(directory, name, 0755);
    if (made != -EEXIST)
        must(made, what);
    return {kernel, must(kernel.openat2(directory, name, directory_flags, 0, 0), what)};
}

// Removes NAME and what the container made below it. Its processes were killed, but may not have
// gone yet; PAUSES is how often all of it may wait for them.
void remove_tree(Kernel& kernel, int directory, const std::string& name, int& pauses) {
    constexpr timespec pause{0, 10'000'000};
    const Handle own(kernel, kernel.openat2(directory, name, directory_flags, 0, 0));
    std::vector<std::string> below;
    if (own && kernel.list_directories(own.get(), below) == 0)
        for (const std::string& child : below)
            remove_tree(kernel, own.get(), child, pauses);
    while (kernel.unlinkat(directory, name, AT_REMOVEDIR) == -EBUSY && pauses-- > 0)
        ::nanosleep(&pause, nullptr);
}

} // namespace

Cgroup::Cgroup(Kernel& kernel, const std::string& name)
    : kernel_(kernel), name_("selns-run-" + name), supervisor_("supervisor-" + name) {
    find_base();
    try {
        remove(); // what a killed launcher of that name left
        own_ = make(kernel, base_.get(), name_);
        // Enough for a systemd, and few enough to be removed.
        must(write_setting(kernel, own_.get(), "cgroup.max.depth", "32"), "limit the cgroups");
        must(write_setting(kernel, own_.get(), "cgroup.max.descendants", "4096"),
             "limit the cgroups");
        payload_ = make(kernel, own_.get(), "payload");
        launcher_ = make(kernel, own_.get(), "launcher");
        if (moves_) { // a cgroup with processes of its own cannot give controllers away
            const Handle supervisor = make(kernel, base_.get(), supervisor_);
            must(write_setting(kernel, supervisor.get(), "cgroup.procs", "0"), "move to a cgroup");
        }
        give_controllers();
    } catch (...) {
        remove();
        throw;
    }
}

Cgroup::~Cgroup() {
    remove();
}

void Cgroup::clear_away(Kernel& kernel, const std::string& name, const std::string& base) {
    Cgroup left(kernel, name, Left{});
    const Handle hierarchy = open_hierarchy(kernel);
    left.base_ = Handle(kernel, kernel.openat2(hierarchy.get(), "." + base, directory_flags, 0,
                                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
    if (left.base_) // else it went with its unit
        kernel.unlinkat(left.base_.get(), left.supervisor_, AT_REMOVEDIR);
}

// The launcher's own cgroup, or the one above it, if it was delegated; else the root.
void Cgroup::find_base() {
    const std::string own = own_path(kernel_);
    base_ = open_hierarchy(kernel_);
    for (const std::string& path : {own, own.substr(0, own.rfind('/'))}) {
        Handle there(kernel_, kernel_.openat2(base_.get(), "." + path, directory_flags, 0, 0));
        char delegated = '0';
        if (there && kernel_.fgetxattr(there.get(), "trusted.delegate", &delegated, 1) == 1 &&
            delegated == '1') {
            base_ = std::move(there);
            base_path_ = path;
            moves_ = path == own;
            return;
        }
    }
}

Handle Cgroup::way_out_of_payload() const {
    return {kernel_,
            must(kernel_.openat2(launcher_.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC, 0, 0),
                 "leave the payload's cgroup")};
}

void Cgroup::restrict_devices(bool kernel_log) const {
    run::restrict_devices(kernel_, own_.get(), kernel_log);
}

void Cgroup::kill() const {
    write_setting(kernel_, payload_.get(), "cgroup.kill", "1");
}

// What the kernel has; a container does without the rest.
void Cgroup::give_controllers() const {
    for (const char* controller : {"+cpu", "+io", "+memory", "+pids"}) {
        write_setting(kernel_, base_.get(), "cgroup.subtree_control", controller);
        write_setting(kernel_, own_.get(), "cgroup.subtree_control", controller);
    }
}

void Cgroup::remove() noexcept {
    // Where controllers were given away, nothing can go back: then it ends with the unit's cgroup.
    if (moves_ && write_setting(kernel_, base_.get(), "cgroup.procs", "0") >= 0)
        kernel_.unlinkat(base_.get(), supervisor_, AT_REMOVEDIR);
    try {
        const Handle own(kernel_, kernel_.openat2(base_.get(), name_, directory_flags, 0, 0));
        if (!own)
            return;
        write_setting(kernel_, own.get(), "cgroup.kill", "1");
        int pauses = most_pauses;
        remove_tree(kernel_, base_.get(), name_, pauses);
    } catch (const std::exception&) { // no memory: a later launch removes it
    }
}

} // namespace selns::run
