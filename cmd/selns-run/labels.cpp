#include "selns-run/launch_file.hpp"
#include "selns-run/mounts.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>

namespace selns::run {

namespace {

// Goes to the directory that PATH is in, and returns its name there; empty when there is none.
std::string enter_parent(Kernel& kernel, int root, const std::string& path) {
    const auto [parent, name] = split_last(path);
    const Handle directory(
        kernel, open_below(kernel, root, parent, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
    if (!directory && (directory.get() == -ENOENT || directory.get() == -ENOTDIR))
        return {};
    must(directory.get(), "open " + parent + " of the container");
    must(kernel.fchdir(directory.get()), "enter " + parent + " of the container");
    return name;
}

// By the name in the working directory, since a device or a socket cannot be opened for it.
long set_context(Kernel& kernel, const std::string& name, const std::string& context) {
    return kernel.lsetxattr(name, "security.selinux", context);
}

void check(long labelled, const std::string& path, const std::string& context) {
    must(labelled, "label " + path + " as " + context,
         labelled == -EINVAL ? "the image's policy does not know this context: the launch file "
                               "belongs to another build"
                             : "");
}

} // namespace

void label_container(Kernel& kernel, int root, const LaunchFile& launch) {
    for (const auto& [path, context] : launch.labels) {
        const std::string name = enter_parent(kernel, root, path);
        const long labelled = name.empty() ? -ENOENT : set_context(kernel, name, context);
        if (labelled != -ENOENT)
            check(labelled, path, context);
    }
    for (const auto& [path, mode, context] : launch.directories) {
        const std::string name = enter_parent(kernel, root, path);
        const std::string what = "make " + path + " in the container";
        if (name.empty())
            throw failure(what, -ENOENT, "the launch file has to name its parent before it");
        const long made = kernel.mkdirat(AT_FDCWD, name, mode);
        if (made != -EEXIST)
            must(made, what);
        const Handle directory(
            kernel, must(kernel.openat2(AT_FDCWD, name,
                                        O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0),
                         what));
        must(kernel.chmodat(AT_FDCWD, name, mode), what); // whatever the umask
        check(set_context(kernel, name, context), path, context);
    }
}

} // namespace selns::run
