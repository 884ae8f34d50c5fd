#include "selns/sandbox/confine.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/sandbox/system_calls.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

namespace selns::sandbox {

namespace {

constexpr unsigned nobody = 65534; // the kernel's overflow id, which owns nothing
constexpr int other_namespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

std::string refused(const std::string& what, int errnum) {
    return what + " (" + std::generic_category().message(errnum) + ")";
}

void write_proc(const std::string& file, const std::string& text) {
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), text.data(), text.size()) < 0)
        throw system_error("cannot write " + file, errno);
}

pid_t fork_into(int namespaces) {
    return static_cast<pid_t>(::syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
}

// Called from outside of the namespace: as root any id may be given, else only one's own.
void map_ids(pid_t child) {
    const std::string proc = "/proc/" + std::to_string(child);
    const bool root = ::geteuid() == 0;
    if (!root)
        write_proc(proc + "/setgroups", "deny");
    write_proc(proc + "/uid_map", "0 " + std::to_string(root ? nobody : ::geteuid()) + " 1");
    write_proc(proc + "/gid_map", "0 " + std::to_string(root ? nobody : ::getegid()) + " 1");
}

[[noreturn]] void refuse_user_namespace(int errnum) {
    throw system_error("this machine does not let an ordinary user make a user namespace", errnum)
        .hint("untrusted files are read in one; allow it with `sysctl "
              "kernel.unprivileged_userns_clone=1` (or "
              "kernel.apparmor_restrict_unprivileged_userns=0), or run as root");
}

void take_ids(unsigned id) {
    // Refused where a user namespace was made without rights; there are no others then.
    ::setgroups(0, nullptr);
    if (::setresgid(id, id, id) != 0 || ::setresuid(id, id, id) != 0)
        throw system_error("cannot change to the sandbox's user", errno);
}

// libc has no wrappers for these before glibc 2.36.
int fsopen(const char* type) {
    return static_cast<int>(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}
bool configure(const Fd& fs, unsigned command, const char* key, const char* value) {
    return ::syscall(SYS_fsconfig, fs.get(), command, key, value, 0) == 0;
}

// A tmpfs that is attached nowhere yet. The kernel gives no file of size 0, but takes 0 for "no
// limit": a page is the least.
Fd detached_tmpfs(std::uint64_t size, unsigned owner) {
    const std::string bytes = std::to_string(size == 0 ? 4096 : size);
    const std::string id = std::to_string(owner);
    const Fd fs(fsopen("tmpfs"));
    if (!fs || !configure(fs, FSCONFIG_SET_STRING, "size", bytes.c_str()) ||
        !configure(fs, FSCONFIG_SET_STRING, "mode", "0755") ||
        !configure(fs, FSCONFIG_SET_STRING, "uid", id.c_str()) ||
        !configure(fs, FSCONFIG_SET_STRING, "gid", id.c_str()) ||
        !configure(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr))
        throw system_error("cannot make a tmpfs for the sandbox", errno);
    Fd mount(static_cast<int>(
        ::syscall(SYS_fsmount, fs.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)));
    if (!mount)
        throw system_error("cannot mount a tmpfs for the sandbox", errno);
    return mount;
}

// Where a mount can be attached for a moment: any directory that there is.
bool attach(const Fd& mount) {
    for (const char* directory : {"/tmp", "/usr", "/dev", "/etc"})
        if (::syscall(SYS_move_mount, mount.get(), "", AT_FDCWD, directory,
                      MOVE_MOUNT_F_EMPTY_PATH) == 0)
            return true;
    return false;
}

// Puts MOUNT in the place of all that is mounted; false when nothing was done.
bool replace_root(const Fd& mount) {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || !attach(mount) ||
        ::fchdir(mount.get()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0)
        return false;
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
        throw system_error("cannot unmount this machine's files for the sandbox", errno);
    return true;
}

void limit(int resource, std::uint64_t most) {
    const rlimit value = {most, most};
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &value) != 0)
        throw system_error("cannot limit the sandbox", errno);
}

void set_limits(const Worker& worker) {
    constexpr std::uint64_t most_descriptors = 256;
    constexpr std::uint64_t most_processes = 8;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, static_cast<std::uint64_t>(worker.limits.cpu.count()));
    limit(RLIMIT_FSIZE, worker.limits.root);
    limit(RLIMIT_NOFILE, most_descriptors);
    limit(RLIMIT_NPROC, most_processes);
    if (limits_memory())
        limit(RLIMIT_AS, worker.limits.memory);
}

void drop_bounding_set() {
    for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
        if (::prctl(PR_CAPBSET_DROP, capability) != 0)
            throw system_error("cannot give up capabilities", errno);
}

void drop_capabilities() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none = {};
    if (::syscall(SYS_capset, &header, none.data()) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0)
        throw system_error("cannot give up capabilities", errno);
}

} // namespace

Namespaces::Namespaces() : go_(make_pipe()) {
    pid_ = fork_into(CLONE_NEWUSER | other_namespaces);
    if (pid_ < 0 && ::geteuid() != 0)
        refuse_user_namespace(errno);
    if (pid_ < 0) {
        missing_.push_back(refused("a user namespace", errno));
        pid_ = fork_into(other_namespaces);
    }
    if (pid_ < 0)
        throw system_error("cannot make the sandbox's namespaces", errno)
            .hint("in a container, allow it CAP_SYS_ADMIN or user namespaces");
}

void Namespaces::let_go() {
    if (missing_.empty())
        map_ids(pid_);
    write_all(go_.write.get(), "x"); // stays open: its end is how the child knows of this one's
}

// A change of ids forgets it. The parent may have ended before.
void Namespaces::die_with_parent() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd parent = {go_.read.get(), POLLIN, 0};
    if (::poll(&parent, 1, 0) < 0 || parent.revents != 0)
        throw Error(ErrorKind::failed, "the sandbox lost its parent");
}

void Namespaces::enter(const Worker& worker) {
    go_.write.reset();
    char byte = 0;
    if (::read(go_.read.get(), &byte, 1) != 1)
        throw Error(ErrorKind::failed, "the sandbox lost its parent");
    const bool own_user_namespace = missing_.empty();
    if (own_user_namespace)
        take_ids(0);
    die_with_parent();
    ::setsid(); // signals to its process group do not reach the parent
    drop_bounding_set();
    const Fd root = detached_tmpfs(worker.limits.root, own_user_namespace ? 0 : nobody);
    if (!replace_root(root)) {
        missing_.push_back(refused("unmounting this machine's files", errno));
        if (::fchdir(root.get()) != 0 || ::chroot(".") != 0)
            throw system_error("cannot enter the sandbox's root", errno);
    }
    ::umask(022);
    if (worker.rights == Rights::programs && ::unshare(CLONE_NEWPID) != 0)
        throw system_error("cannot hide the sandbox from the programs in it", errno);
    if (!own_user_namespace)
        take_ids(nobody);
    die_with_parent();
    go_.read.reset();
}

bool limits_memory() {
#ifdef SELNS_ADDRESS_SANITIZER
    return false; // its shadow would be counted
#else
    return true;
#endif
}

void give_up_rights(const Worker& worker) {
    set_limits(worker);
    drop_capabilities();
    allow_only(worker.rights);
}

} // namespace selns::sandbox
