#include "selns-run/confine.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace selns::run {

void execute_read_only(Kernel& kernel, const std::vector<std::string>& words) {
    const std::string what = "execute selns-run from a read-only mount of it";
    const Handle file(
        kernel, must(kernel.openat2(AT_FDCWD, "/proc/self/exe", O_PATH | O_CLOEXEC, 0, 0), what));
    // A read-only mount of more than the file can be made writable later, by its owner.
    if (must(kernel.is_mount_root(file.get()), what) != 0 &&
        must(kernel.is_read_only(file.get()), what) != 0)
        return;
    const Handle mount(kernel, must(kernel.open_tree(file.get()), what, "root is needed"));
    must(kernel.mount_setattr(mount.get(), false, MOUNT_ATTR_RDONLY, 0, 0), what);
    std::vector<std::string> arguments = {"selns-run"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<std::string> environment;
    for (char** variable = ::environ; *variable != nullptr; ++variable)
        environment.emplace_back(*variable);
    must(kernel.execve("/proc/self/fd/" + std::to_string(mount.get()), arguments, environment),
         what);
}

} // namespace selns::run
