#include "selns/sandbox/namespaces.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace selns::sandbox {

namespace {

constexpr int other_namespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

void write_proc(const char* file, const std::string& text) {
    const Fd fd(::open(file, O_WRONLY | O_CLOEXEC));
    if (!fd)
        throw system_error(std::string("cannot open ") + file, errno);
    write_all(fd.get(), text);
}

[[noreturn]] void refuse_user_namespace(int errnum) {
    throw system_error("this machine does not let an ordinary user make a user namespace", errnum)
        .hint("policy work needs one; allow it with `sysctl kernel.unprivileged_userns_clone=1` "
              "(or kernel.apparmor_restrict_unprivileged_userns=0), or run as root");
}

// libc has no wrappers for these before glibc 2.36.
int fsopen(const char* type) {
    return static_cast<int>(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}
long fsconfig(int fs, unsigned command, const char* key, const char* value) {
    return ::syscall(SYS_fsconfig, fs, command, key, value, 0);
}
int fsmount(int fs) {
    return static_cast<int>(
        ::syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
}

// A tmpfs that is attached nowhere: it needs no mount point, shows up in no other namespace, and
// goes away with its last user.
Fd detached_tmpfs(std::uint64_t size) {
    const Fd fs(fsopen("tmpfs"));
    if (!fs || fsconfig(fs.get(), FSCONFIG_SET_STRING, "size", std::to_string(size).c_str()) != 0 ||
        fsconfig(fs.get(), FSCONFIG_SET_STRING, "mode", "0755") != 0 ||
        fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr) != 0)
        throw system_error("cannot make a tmpfs for the sandbox", errno);
    Fd mount(fsmount(fs.get()));
    if (!mount)
        throw system_error("cannot mount a tmpfs for the sandbox", errno);
    return mount;
}

void drop_capabilities() {
    for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
        ::prctl(PR_CAPBSET_DROP, capability);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none = {};
    if (::syscall(SYS_capset, &header, none.data()) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw system_error("cannot give up capabilities", errno);
}

} // namespace

void unshare_namespaces() {
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (::unshare(CLONE_NEWUSER) == 0) {
        write_proc("/proc/self/setgroups", "deny");
        write_proc("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write_proc("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    } else if (uid != 0) {
        refuse_user_namespace(errno);
    }
    // Root goes on without: a chroot(2)ed process may not make a user namespace, and build
    // containers often may not either. The other namespaces, the empty root and the lack of
    // capabilities still hold.
    if (::unshare(other_namespaces) != 0)
        throw system_error("cannot make the sandbox's namespaces", errno)
            .hint("in a container, allow it CAP_SYS_ADMIN or user namespaces");
}

void enter_empty_root(std::uint64_t size) {
    const Fd root = detached_tmpfs(size);
    if (::fchdir(root.get()) != 0 || ::chroot(".") != 0)
        throw system_error("cannot enter the sandbox's root", errno);
    ::umask(022);
    drop_capabilities();
}

} // namespace selns::sandbox
