#include "selns-run/mounts.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

namespace selns::run {

namespace {

constexpr std::uint64_t nosuid = MOUNT_ATTR_NOSUID;
constexpr std::uint64_t nodev = MOUNT_ATTR_NODEV;
constexpr std::uint64_t noexec = MOUNT_ATTR_NOEXEC;
constexpr std::uint64_t read_only = MOUNT_ATTR_RDONLY;

struct Node {
    const char* name;
    unsigned major;
    unsigned minor;
};
constexpr Node nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                          {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

constexpr std::pair<const char*, const char*> links[] = {
    {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
    {"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},      {"pts/ptmx", "ptmx"}};

// Whoever unmounts the container's root finds what it lies on, in a mount namespace entered anew.
void unmount_below(Kernel& kernel, int initramfs) {
    const std::string what = "leave the initramfs's mounts";
    std::vector<std::string> names;
    must(kernel.list_directories(initramfs, names), what);
    for (const std::string& name : names)
        for (;;) { // mounts may lie on one another
            const Handle directory(
                kernel, must(kernel.openat2(initramfs, name,
                                            O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0),
                             what));
            if (must(kernel.is_mount_root(directory.get()), what) == 0)
                break;
            must(kernel.fchdir(directory.get()), what);
            must(kernel.umount_here(), what);
        }
}

// What PATH is in the container, without any link on the way.
long open_target(Kernel& kernel, int root, const std::string& path, std::uint64_t flags) {
    return open_below(kernel, root, path, flags | O_PATH, RESOLVE_NO_SYMLINKS);
}

void make_device(Kernel& kernel, int dev, const Node& node, mode_t mode) {
    const std::string what = std::string("make /dev/") + node.name;
    must(kernel.mknodat(dev, node.name, S_IFCHR | mode, makedev(node.major, node.minor)), what);
    must(kernel.chmodat(dev, node.name, mode), what);
}

void make_devices(Kernel& kernel, int dev, bool kernel_log) {
    for (const Node& node : nodes)
        make_device(kernel, dev, node, 0666);
    if (kernel_log)
        make_device(kernel, dev, {"kmsg", 1, 11}, 0644);
    for (const auto& [target, name] : links)
        must(kernel.symlinkat(target, dev, name), std::string("make /dev/") + name);
    // What the terminal is mounted on.
    const Handle file(kernel, must(kernel.openat2(dev, "console",
                                                  O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600, 0),
                                   "make /dev/console"));
}

} // namespace

std::pair<std::string, std::string> split_last(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Handle make_directory(Kernel& kernel, int root, const std::string& path, const std::string& what) {
    long target = open_target(kernel, root, path, O_DIRECTORY);
    if (target == -ENOENT) {
        const auto [parent, name] = split_last(path);
        const Handle directory(kernel, must(open_target(kernel, root, parent, O_DIRECTORY), what));
        must(kernel.mkdirat(directory.get(), name, 0755), "make " + path + " in the container");
        target = open_target(kernel, root, path, O_DIRECTORY);
    }
    if (target == -ELOOP)
        throw refusal(what + " is refused: it is a symbolic link, or below one",
                      "an image has a directory there; a link could lead it elsewhere");
    return {kernel, must(target, what)};
}

Handle new_mount(Kernel& kernel, const std::string& type,
                 std::initializer_list<std::pair<const char*, const char*>> options,
                 std::uint64_t attributes) {
    const std::string what = "mount a new " + type;
    const Handle fs(kernel, must(kernel.fsopen(type), what, "the kernel lacks it"));
    for (const auto& [key, value] : options)
        must(kernel.fsconfig(fs.get(), key, value), what);
    must(kernel.fsconfig(fs.get(), nullptr, nullptr), what);
    return {kernel, must(kernel.fsmount(fs.get(), attributes), what)};
}

void attach(Kernel& kernel, const Handle& mount, int root, const std::string& path) {
    const std::string what = "mount on " + path + " of the container";
    const Handle target = make_directory(kernel, root, path, what);
    must(kernel.move_mount(mount.get(), target.get()), what);
}

void mount_api(Kernel& kernel, int root, bool kernel_log) {
    const auto add = [&](const char* path, const char* type,
                         std::initializer_list<std::pair<const char*, const char*>> options,
                         std::uint64_t attributes) {
        attach(kernel, new_mount(kernel, type, options, attributes), root, path);
    };
    const Handle dev = new_mount(
        kernel, "tmpfs", {{"mode", "0755"}, {"size", "4m"}, {"nr_inodes", "64k"}}, nosuid | noexec);
    attach(kernel, dev, root, "/dev");
    make_devices(kernel, dev.get(), kernel_log);
    add("/dev/pts", "devpts",
        {{"newinstance", nullptr}, {"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}},
        nosuid | noexec);
    add("/dev/shm", "tmpfs", {{"mode", "1777"}, {"size", "10%"}}, nosuid | nodev);
    add("/dev/mqueue", "mqueue", {}, nosuid | nodev | noexec);
    // Read-only, as for every container without a kernel of its own; udev stays away, too.
    add("/sys", "sysfs", {}, nosuid | nodev | noexec | read_only);
    add("/sys/fs/cgroup", "cgroup2", {}, nosuid | nodev | noexec);
    add("/run", "tmpfs", {{"mode", "0755"}, {"size", "20%"}}, nosuid | nodev);
    // Debian's systemd mounts this one itself, and leaves it unlabelled, unless it is there.
    add("/run/lock", "tmpfs", {{"mode", "1777"}, {"size", "5m"}}, nosuid | nodev | noexec);
    add("/tmp", "tmpfs", {{"mode", "1777"}, {"size", "10%"}}, nosuid | nodev);
}

Console open_terminal(Kernel& kernel, int devpts) {
    Console console;
    console.master =
        Handle(kernel, must(open_below(kernel, devpts, "ptmx", O_RDWR, RESOLVE_NO_SYMLINKS),
                            "make a terminal"));
    int unlocked = 0;
    must(kernel.ioctl(console.master.get(), TIOCSPTLCK, &unlocked), "make a terminal");
    // Not by its number, which an instance full of other things might have given to another file.
    console.terminal =
        Handle(kernel, must(kernel.ioctl(console.master.get(), TIOCGPTPEER,
                                         static_cast<unsigned long>(O_RDWR | O_NOCTTY | O_CLOEXEC)),
                            "make a terminal"));
    return console;
}

void mount_console(Kernel& kernel, int root, int terminal) {
    const std::string what = "mount the console on /dev/console";
    const Handle mount(kernel, must(kernel.open_tree(terminal), what));
    const Handle target(kernel, must(open_target(kernel, root, "/dev/console", 0), what));
    must(kernel.move_mount(mount.get(), target.get()), what);
}

void leave_host(Kernel& kernel, int root) {
    const std::string what = "make the container's root the root";
    const Handle old(kernel, must(kernel.openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0), what));
    must(kernel.fchdir(root), what);
    const long pivoted = kernel.pivot_here();
    if (pivoted != -EINVAL) {
        must(pivoted, what);
        return;
    }
    // An initramfs cannot be left so; as every boot does, the root goes on top of it.
    const long type = kernel.file_system(old.get());
    if ((type != RAMFS_MAGIC && type != TMPFS_MAGIC) || kernel.is_mount_root(old.get()) != 1)
        throw failure(what, pivoted);
    must(kernel.move_mount(root, old.get()), what);
    unmount_below(kernel, old.get());
    must(kernel.fchdir(root), what);
    must(kernel.chroot_here(), what);
}

void mount_proc(Kernel& kernel, int root) {
    attach(kernel, new_mount(kernel, "proc", {}, nosuid | nodev | noexec), root, "/proc");
    // A kernel may lack any of them.
    for (const char* path : {"/proc/sys", "/proc/sysrq-trigger", "/proc/bus", "/proc/fs",
                             "/proc/irq", "/proc/acpi", "/proc/scsi"}) {
        const Handle place(kernel, open_target(kernel, root, path, 0));
        if (!place)
            continue;
        const std::string what = std::string("make ") + path + " read-only";
        const Handle copy(kernel, must(kernel.open_tree(place.get()), what));
        must(kernel.mount_setattr(copy.get(), false, read_only, 0, 0), what);
        must(kernel.move_mount(copy.get(), place.get()), what);
    }
}

} // namespace selns::run
