#include "selns-run/kernel.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/sched.h> // clone_args
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace selns::run {

namespace {

// The same on every architecture; older headers lack them.
constexpr long number_lsm_get_self_attr = 459;
constexpr long number_lsm_set_self_attr = 460;

long result_of(long value) {
    return value < 0 ? -static_cast<long>(errno) : value;
}

template <typename Number>
std::uint64_t number_of(Number value) {
    return static_cast<std::uint64_t>(value);
}

// What a new process has to say, in memory that both have: a policy that was loaded in between may
// forbid it to write to a pipe that is older.
class Report {
  public:
    Report()
        : said_(static_cast<Said*>(::mmap(nullptr, sizeof(Said), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
        if (said_ == MAP_FAILED)
            throw failure("reserve memory", -errno);
    }
    ~Report() { ::munmap(said_, sizeof(Said)); }
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    // The new process's: does WORK; whether that was done, or else why not.
    bool record(const std::function<void()>& work) {
        try {
            work();
            return true;
        } catch (const Error& error) {
            say(error);
        } catch (const std::exception& error) {
            say(Error(ErrorKind::failed, error.what()));
        }
        return false;
    }
    void give(const std::vector<int>& numbers) {
        const std::size_t count = std::min(numbers.size(), said_->numbers.size());
        std::copy_n(numbers.begin(), count, said_->numbers.begin());
        said_->count = count;
    }

    // The other's. A process in a container may have been made to write anything.
    std::string error() const {
        const std::size_t size = said_->error_size;
        return {said_->error.data(), std::min(size, said_->error.size())};
    }
    std::vector<int> numbers() const {
        const std::size_t told = said_->count;
        const std::size_t count = std::min(told, said_->numbers.size());
        return {said_->numbers.begin(),
                said_->numbers.begin() + static_cast<std::ptrdiff_t>(count)};
    }

  private:
    struct Said {
        std::array<char, 8192> error;
        std::atomic<std::size_t> error_size; // read once: it may change at any time
        std::array<int, 16> numbers;
        std::atomic<std::size_t> count;
    };

    void say(const Error& error) {
        said_->error_size = text_of(error).copy(said_->error.data(), said_->error.size());
    }

    Said* said_;
};

// Its wait status.
int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

// Until the other end is closed.
void wait_for_end_of(int pipe) {
    char byte = 0;
    while (::read(pipe, &byte, 1) < 0 && errno == EINTR) {
    }
}

class LinuxKernel final : public Kernel {
  public:
    long openat2(int directory, const std::string& path, std::uint64_t flags, std::uint64_t mode,
                 std::uint64_t resolve) override {
        open_how how{};
        how.flags = flags;
        how.mode = mode;
        how.resolve = resolve;
        return result_of(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
    }
    void close(int fd) override { ::close(fd); }
    long read(int fd, char* data, std::size_t size) override {
        return result_of(::read(fd, data, size));
    }
    long write(int fd, const char* data, std::size_t size) override {
        return result_of(::write(fd, data, size));
    }
    long stat(int fd, struct stat& status) override { return result_of(::fstat(fd, &status)); }
    long file_system(int fd) override {
        struct statfs status {};
        const long result = ::fstatfs(fd, &status);
        return result < 0 ? result_of(result) : static_cast<long>(status.f_type);
    }
    long is_read_only(int fd) override {
        struct statvfs status {};
        const long result = result_of(::fstatvfs(fd, &status));
        return result < 0 ? result : static_cast<long>((status.f_flag & ST_RDONLY) != 0);
    }
    long is_mount_root(int fd) override {
        struct statx status {};
        const long result = result_of(::statx(fd, "", AT_EMPTY_PATH, 0, &status));
        return result < 0 ? result
                          : static_cast<long>((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
    }
    long mkdirat(int directory, const std::string& name, mode_t mode) override {
        return result_of(::mkdirat(directory, name.c_str(), mode));
    }
    long chmodat(int directory, const std::string& name, mode_t mode) override {
        return result_of(::fchmodat(directory, name.c_str(), mode, 0));
    }
    long mknodat(int directory, const std::string& name, mode_t mode, dev_t device) override {
        return result_of(::mknodat(directory, name.c_str(), mode, device));
    }
    long symlinkat(const std::string& target, int directory, const std::string& name) override {
        return result_of(::symlinkat(target.c_str(), directory, name.c_str()));
    }
    long unlinkat(int directory, const std::string& name, int flags) override {
        return result_of(::unlinkat(directory, name.c_str(), flags));
    }
    long list_directories(int directory, std::vector<std::string>& names) override;
    long ftruncate(int fd) override { return result_of(::ftruncate(fd, 0)); }
    long flock(int fd, int operation) override { return result_of(::flock(fd, operation)); }
    long lsetxattr(const std::string& name, const char* attribute,
                   const std::string& value) override {
        // The kernel's own tools store contexts with the NUL at their end.
        return result_of(::lsetxattr(name.c_str(), attribute, value.c_str(), value.size() + 1, 0));
    }
    long fgetxattr(int fd, const char* attribute, char* value, std::size_t size) override {
        return result_of(::fgetxattr(fd, attribute, value, size));
    }
    long fsetxattr(int fd, const char* attribute, const std::string& value) override {
        return result_of(::fsetxattr(fd, attribute, value.c_str(), value.size() + 1, 0));
    }
    long ioctl(int fd, unsigned long request, void* argument) override {
        return result_of(::ioctl(fd, request, argument));
    }
    long ioctl(int fd, unsigned long request, unsigned long argument) override {
        return result_of(::ioctl(fd, request, argument));
    }
    long fchdir(int fd) override { return result_of(::fchdir(fd)); }
    long chroot_here() override { return result_of(::chroot(".")); }

    long fsopen(const std::string& type) override {
        return result_of(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
    }
    long fsconfig(int fs, const char* key, const char* value) override {
        if (key == nullptr)
            return result_of(::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
        return result_of(::fsconfig(fs, value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING,
                                    key, value, 0));
    }
    long fsmount(int fs, std::uint64_t attributes) override {
        return result_of(::fsmount(fs, FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
    }
    long open_tree(int fd) override {
        return result_of(::open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
    }
    long move_mount(int mount, int target) override {
        return result_of(
            ::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
    }
    long mount_setattr(int fd, bool recursive, std::uint64_t set, std::uint64_t clear,
                       std::uint64_t propagation) override {
        mount_attr attributes{};
        attributes.attr_set = set;
        attributes.attr_clr = clear;
        attributes.propagation = propagation;
        return result_of(::mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
                                         &attributes, sizeof attributes));
    }
    long pivot_here() override {
        long result = result_of(::syscall(SYS_pivot_root, ".", "."));
        // The old root lies on top of the new one now.
        if (result == 0)
            result = umount_here();
        return result == 0 ? result_of(::chdir("/")) : result;
    }
    long umount_here() override { return result_of(::umount2(".", MNT_DETACH)); }

    long unshare(int flags) override { return result_of(::unshare(flags)); }
    long setns(int fd, int flags) override { return result_of(::setns(fd, flags)); }
    long sethostname(const std::string& name) override {
        return result_of(::sethostname(name.c_str(), name.size()));
    }

    Process spawn(int cgroup, const std::function<void()>& setup,
                  const std::function<int()>& afterwards) override;
    std::vector<int> make_elsewhere(const std::function<std::vector<int>()>& make) override;

    long getpid() override { return ::getpid(); }
    long set_parent_death_signal(int signal) override {
        return result_of(::prctl(PR_SET_PDEATHSIG, signal));
    }
    long execve(const std::string& file, const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment) override {
        return result_of(
            ::execve(file.c_str(), pointers(arguments).data(), pointers(environment).data()));
    }
    long send_signal(int pidfd, int signal) override {
        return result_of(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
    }
    long setsid() override { return result_of(::setsid()); }
    long pipe(std::array<int, 2>& ends) override {
        return result_of(::pipe2(ends.data(), O_CLOEXEC));
    }
    long dup2(int from, int to) override { return result_of(::dup2(from, to)); }
    long close_others(std::vector<int> keep) override;

    long drop_bounding(int capability) override {
        return result_of(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    }
    long set_capabilities(std::uint64_t permitted) override;
    long set_filter(const sock_fprog& filter) override {
        return result_of(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
    }
    long bpf(int command, void* attributes, std::size_t size) override {
        return result_of(::syscall(SYS_bpf, command, attributes, size));
    }

    long lsm_get(unsigned attribute, void* data, std::uint32_t& size) override {
        return result_of(::syscall(number_lsm_get_self_attr, attribute, data, &size, 0));
    }
    long lsm_set(unsigned attribute, const void* data, std::uint32_t size) override {
        return result_of(::syscall(number_lsm_set_self_attr, attribute, data, size, 0));
    }

    long socket_pair(std::array<int, 2>& ends) override {
        return result_of(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()));
    }
    long socket() override {
        return result_of(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    }
    long listen_at(int socket, const std::string& path) override;
    long send(int socket, std::string_view data, const std::vector<int>& fds) override;

  private:
    int setup_ = -1; // closed when this process's setup has ended
};

Kernel::Process LinuxKernel::spawn(int cgroup, const std::function<void()>& setup,
                                   const std::function<int()>& afterwards) {
    Report report;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        throw failure("make a pipe", -errno);
    Process process;
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD;
    arguments.pidfd = number_of(reinterpret_cast<std::uintptr_t>(&process.pidfd));
    arguments.exit_signal = SIGCHLD;
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = number_of(cgroup);
    }
    process.pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (process.pid == 0) {
        setup_ = pipe[1];
        int status = 125;
        const bool done = report.record(setup);
        ::close(setup_);
        setup_ = -1;
        if (done)
            report.record([&] { status = afterwards(); });
        ::_exit(status);
    }
    const int error = errno;
    ::close(pipe[1]);
    if (process.pid >= 0)
        wait_for_end_of(pipe[0]);
    ::close(pipe[0]);
    if (process.pid < 0)
        throw failure("start a process", -error);
    const std::string said = report.error();
    if (said.empty())
        return process;
    ::close(process.pidfd);
    wait_for(process.pid);
    throw error_of(said);
}

std::vector<int> LinuxKernel::make_elsewhere(const std::function<std::vector<int>()>& make) {
    Report report;
    clone_args arguments{};
    arguments.flags = CLONE_FILES;
    arguments.exit_signal = SIGCHLD;
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid == 0)
        ::_exit(report.record([&] { report.give(make()); }) ? 0 : 125);
    if (pid < 0)
        throw failure("start a process", -errno);
    const int status = wait_for(pid);
    if (const std::string said = report.error(); !said.empty())
        throw error_of(said);
    if (status != 0)
        throw refusal("cannot make the streams: the process that does it was killed");
    return report.numbers();
}

long LinuxKernel::close_others(std::vector<int> keep) {
    keep.push_back(setup_);
    std::ranges::sort(keep);
    int next = 3;
    for (const int fd : keep) {
        if (fd > next)
            ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(fd - 1), 0);
        next = std::max(next, fd + 1);
    }
    return result_of(::close_range(static_cast<unsigned>(next), ~0U, 0));
}

long LinuxKernel::list_directories(int directory, std::vector<std::string>& names) {
    const long copy = openat2(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
    if (copy < 0)
        return copy;
    DIR* const stream = ::fdopendir(static_cast<int>(copy));
    if (stream == nullptr)
        return -ENOMEM;
    while (const dirent* entry = ::readdir(stream)) {
        const std::string_view name = entry->d_name;
        if (entry->d_type == DT_DIR && name != "." && name != "..")
            names.emplace_back(name);
    }
    ::closedir(stream);
    return 0;
}

long LinuxKernel::set_capabilities(std::uint64_t permitted) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0)
        return -errno;
    for (unsigned i = 0; i < data.size(); ++i) {
        data.at(i).permitted &= static_cast<std::uint32_t>(permitted >> (32 * i));
        data.at(i).effective = data.at(i).permitted;
        data.at(i).inheritable = 0;
    }
    const long cleared = result_of(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    return cleared < 0 ? cleared : result_of(::syscall(SYS_capset, &header, data.data()));
}

long LinuxKernel::listen_at(int socket, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    path.copy(address.sun_path, path.size());
    const int bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return result_of(bound != 0 ? bound : ::listen(socket, 16));
}

long LinuxKernel::send(int socket, std::string_view data, const std::vector<int>& fds) {
    constexpr std::size_t most = 8;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most)> control{};
    iovec piece{const_cast<char*>(data.data()), data.size()}; // NOLINT: only read
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!fds.empty() && fds.size() <= most) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
        std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
    }
    return result_of(::sendmsg(socket, &message, MSG_NOSIGNAL));
}

} // namespace

Kernel& linux_kernel() {
    static LinuxKernel kernel;
    return kernel;
}

} // namespace selns::run
