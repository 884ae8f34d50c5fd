#include "selns-run/image.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace selns::run {

namespace {

Source::Kind kind_of(Kernel& kernel, const Handle& file, const std::string& path) {
    struct stat status {};
    must(kernel.stat(file.get(), status), "look at " + path);
    if (S_ISDIR(status.st_mode)) {
        const Handle root(kernel,
                          must(kernel.openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0), "open /"));
        struct stat host {};
        must(kernel.stat(root.get(), host), "look at /");
        if (host.st_dev == status.st_dev && host.st_ino == status.st_ino)
            throw refusal(path + " is this machine's own root");
        return Source::Kind::directory;
    }
    if (S_ISREG(status.st_mode))
        return Source::Kind::image;
    if (S_ISBLK(status.st_mode))
        return Source::Kind::block_device;
    throw refusal(path + " is neither a directory, an image nor a block device");
}

std::uint64_t attributes_of(const Source& source) {
    const std::uint64_t read_only = MOUNT_ATTR_RDONLY;
    return MOUNT_ATTR_NODEV | (source.read_only ? read_only : 0);
}

// A free loop device with the image in it, released when nothing has it open or mounted.
struct Loop {
    Handle device;
    std::string path;
};

Loop attach_loop(Kernel& kernel, const Source& source) {
    const std::string hint = "a kernel without loop devices, or `modprobe loop` is needed";
    const Handle control(
        kernel, must(kernel.openat2(AT_FDCWD, "/dev/loop-control", O_RDWR | O_CLOEXEC, 0, 0),
                     "open /dev/loop-control", hint));
    loop_config config{};
    config.fd = static_cast<std::uint32_t>(source.file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (source.read_only)
        config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    // Between being told and being taken, another process may take it.
    for (int tries = 0; tries < 64; ++tries) {
        const long number =
            must(kernel.ioctl(control.get(), LOOP_CTL_GET_FREE, nullptr), "find a loop device");
        Loop loop{{}, "/dev/loop" + std::to_string(number)};
        loop.device = Handle(
            kernel, must(kernel.openat2(AT_FDCWD, loop.path,
                                        (source.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC, 0, 0),
                         "open " + loop.path, hint));
        const long done = kernel.ioctl(loop.device.get(), LOOP_CONFIGURE, &config);
        if (done >= 0) {
            // Kernels may refuse to mount what anybody can write to beside the mount
            // (CONFIG_BLK_DEV_WRITE_MOUNTED), so this one keeps it for reading alone.
            loop.device =
                Handle(kernel, must(kernel.openat2(AT_FDCWD, loop.path, O_RDONLY | O_CLOEXEC, 0, 0),
                                    "open " + loop.path));
            return loop;
        }
        if (done != -EBUSY)
            throw failure("put " + source.path + " into " + loop.path, done);
    }
    throw refusal("cannot find a loop device: others take every free one first");
}

Handle mount_file_system(Kernel& kernel, const Source& source) {
    Loop loop;
    if (source.kind == Source::Kind::image)
        loop = attach_loop(kernel, source);
    const std::string& device = loop.device ? loop.path : source.path;
    const std::string what = "mount " + source.path + " as ext4";
    const std::string hint = "`e2fsck -fn IMAGE` checks it; the kernel's log says more";
    const std::string busy = "another process has it mounted, or open for writing";
    const Handle fs(kernel, must(kernel.fsopen("ext4"), what, "the kernel lacks ext4"));
    must(kernel.fsconfig(fs.get(), "source", device.c_str()), what);
    if (source.read_only)
        must(kernel.fsconfig(fs.get(), "ro", nullptr), what);
    const long made = kernel.fsconfig(fs.get(), nullptr, nullptr);
    must(made, what, made == -EBUSY ? busy : hint);
    return {kernel, must(kernel.fsmount(fs.get(), attributes_of(source)), what, hint)};
}

} // namespace

Source open_source(Kernel& kernel, const std::string& path, bool read_only) {
    Source source;
    source.path = path;
    source.read_only = read_only;
    // A FIFO must not hold us up.
    const std::uint64_t flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    source.file = Handle(
        kernel, must(kernel.openat2(AT_FDCWD, path, flags | O_RDONLY, 0, 0), "open " + path));
    source.kind = kind_of(kernel, source.file, path);
    if (source.kind == Source::Kind::image && !read_only)
        source.file = Handle(kernel, must(kernel.openat2(AT_FDCWD, path, flags | O_RDWR, 0, 0),
                                          "open " + path, "--read-only leaves it as it is"));
    const long locked = kernel.flock(source.file.get(), (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB);
    if (locked == -EWOULDBLOCK)
        throw refusal(path + " is in use by another container",
                      "`selns-run list` shows it; several can share an image with --read-only");
    must(locked, "lock " + path);
    return source;
}

Handle mount_source(Kernel& kernel, const Source& source) {
    if (source.kind != Source::Kind::directory)
        return mount_file_system(kernel, source);
    const std::string what = "mount " + source.path;
    // What is locked was opened in another mount namespace, whose mounts cannot be copied here.
    const Handle here(
        kernel,
        must(kernel.openat2(AT_FDCWD, source.path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0), what));
    struct stat locked {};
    struct stat found {};
    must(kernel.stat(source.file.get(), locked), what);
    must(kernel.stat(here.get(), found), what);
    if (locked.st_dev != found.st_dev || locked.st_ino != found.st_ino)
        throw refusal("cannot " + what + ": it is replaced just now");
    Handle mount(kernel, must(kernel.open_tree(here.get()), what));
    // Private: as the copy of a shared mount it would still get what the host mounts below it.
    must(kernel.mount_setattr(mount.get(), false, attributes_of(source),
                              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, MS_PRIVATE),
         what);
    return mount;
}

} // namespace selns::run
