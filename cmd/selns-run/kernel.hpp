#pragma once

#include "selns/base/error.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

struct stat;
struct sock_fprog;

namespace selns::run {

// The system calls of a launch, and nothing above them, so that tests can stand for the kernel.
// Each returns what the kernel does, a negative errno for an error.
class Kernel {
  public:
    virtual ~Kernel() = default;

    // Files. NAME is one name below DIRECTORY.
    virtual long openat2(int directory, const std::string& path, std::uint64_t flags,
                         std::uint64_t mode, std::uint64_t resolve) = 0;
    virtual void close(int fd) = 0;
    virtual long read(int fd, char* data, std::size_t size) = 0;
    virtual long write(int fd, const char* data, std::size_t size) = 0;
    virtual long stat(int fd, struct stat& status) = 0;
    virtual long file_system(int fd) = 0;   // its magic number
    virtual long is_read_only(int fd) = 0;  // 1: by its mount or its file system
    virtual long is_mount_root(int fd) = 0; // 1: nothing above FD is of the same mount
    virtual long mkdirat(int directory, const std::string& name, mode_t mode) = 0;
    virtual long chmodat(int directory, const std::string& name, mode_t mode) = 0;
    virtual long mknodat(int directory, const std::string& name, mode_t mode, dev_t device) = 0;
    virtual long symlinkat(const std::string& target, int directory, const std::string& name) = 0;
    virtual long unlinkat(int directory, const std::string& name, int flags) = 0;
    // The names of the directories in DIRECTORY.
    virtual long list_directories(int directory, std::vector<std::string>& names) = 0;
    virtual long flock(int fd, int operation) = 0;
    virtual long ftruncate(int fd) = 0; // to nothing
    // Of NAME in the working directory, which may be a link and is not followed.
    virtual long lsetxattr(const std::string& name, const char* attribute,
                           const std::string& value) = 0;
    virtual long fgetxattr(int fd, const char* attribute, char* value, std::size_t size) = 0;
    virtual long fsetxattr(int fd, const char* attribute, const std::string& value) = 0;
    virtual long ioctl(int fd, unsigned long request, void* argument) = 0;
    virtual long ioctl(int fd, unsigned long request, unsigned long argument) = 0;
    virtual long fchdir(int fd) = 0;
    virtual long chroot_here() = 0; // to the working directory

    // Mounts, by descriptors: a mount is made detached and attached where a descriptor leads.
    virtual long fsopen(const std::string& type) = 0;
    // VALUE null: a flag; both null: FSCONFIG_CMD_CREATE.
    virtual long fsconfig(int fs, const char* key, const char* value) = 0;
    virtual long fsmount(int fs, std::uint64_t attributes) = 0;
    virtual long open_tree(int fd) = 0; // a detached copy of what FD leads to
    virtual long move_mount(int mount, int target) = 0;
    virtual long mount_setattr(int fd, bool recursive, std::uint64_t set, std::uint64_t clear,
                               std::uint64_t propagation) = 0;
    virtual long pivot_here() = 0;  // the working directory becomes the root, the old one goes
    virtual long umount_here() = 0; // what the working directory is the root of

    // Namespaces and processes.
    virtual long unshare(int flags) = 0;
    virtual long setns(int fd, int flags) = 0;
    virtual long sethostname(const std::string& name) = 0;

    struct Process {
        pid_t pid = -1;
        int pidfd = -1;
    };
    // A new process, in CGROUP (or this one's: -1). It runs SETUP, then AFTERWARDS, and exits with
    // what that returns. Returns when SETUP has ended or executed something; throws, with the
    // process gone, what SETUP threw.
    virtual Process spawn(int cgroup, const std::function<void()>& setup,
                          const std::function<int()>& afterwards) = 0;
    // What another process opens, which shares this one's descriptors while it runs MAKE: so a
    // thing can belong to a domain that this process must not go to itself. Throws what MAKE threw.
    virtual std::vector<int> make_elsewhere(const std::function<std::vector<int>()>& make) = 0;
    virtual long getpid() = 0;
    virtual long set_parent_death_signal(int signal) = 0;
    virtual long execve(const std::string& file, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment) = 0;
    virtual long send_signal(int pidfd, int signal) = 0;
    virtual long setsid() = 0;
    virtual long pipe(std::array<int, 2>& ends) = 0; // to read from, to write to
    virtual long dup2(int from, int to) = 0;
    // Closes all descriptors from 3 on but KEEP (and what spawn() needs).
    virtual long close_others(std::vector<int> keep) = 0;

    // Confinement.
    virtual long drop_bounding(int capability) = 0; // EINVAL: the kernel has no such
    virtual long set_capabilities(std::uint64_t permitted) = 0;
    virtual long set_filter(const sock_fprog& filter) = 0;
    virtual long bpf(int command, void* attributes, std::size_t size) = 0;

    // SELinux. The attributes are those of <linux/lsm.h>, and what namespaces add to them.
    virtual long lsm_get(unsigned attribute, void* data, std::uint32_t& size) = 0;
    virtual long lsm_set(unsigned attribute, const void* data, std::uint32_t size) = 0;

    // Sockets that keep the bounds of messages, and descriptors to another process over one.
    virtual long socket_pair(std::array<int, 2>& ends) = 0;
    virtual long socket() = 0;
    virtual long listen_at(int socket, const std::string& path) = 0;
    virtual long send(int socket, std::string_view data, const std::vector<int>& fds) = 0;
};

Kernel& linux_kernel();

// An owned descriptor of a Kernel.
class Handle {
  public:
    Handle() = default;
    Handle(Kernel& kernel, long fd) : kernel_(&kernel), fd_(static_cast<int>(fd)) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept : kernel_(other.kernel_), fd_(other.release()) {}
    Handle& operator=(Handle&& other) noexcept;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();
    void reset();

  private:
    Kernel* kernel_ = nullptr;
    int fd_ = -1;
};

// RESULT, unless it is an error: then "cannot WHAT: REASON" with HINT is thrown.
long must(long result, const std::string& what, const std::string& hint = {});
Error failure(const std::string& what, long error, const std::string& hint = {});
// A failure that is no system call's.
Error refusal(const std::string& message, const std::string& hint = {});

// An error on its way to another process, and back.
std::string text_of(const Error& error);
Error error_of(const std::string& text);

// TEXT safe to print: what is not a plain character of ASCII becomes '?'.
std::string printable(std::string_view text);

// WORDS as execve takes them, as long as they live.
std::vector<char*> pointers(const std::vector<std::string>& words);

// ---- small things made of them

// Opens PATH, which nothing in it can lead out of ROOT: absolute links are taken from ROOT, and
// links of /proc refused. RESOLVE adds RESOLVE_NO_SYMLINKS. Negative errno as the kernel.
long open_below(Kernel& kernel, int root, const std::string& path, std::uint64_t flags,
                std::uint64_t resolve = 0, std::uint64_t mode = 0);
// The same for a regular file alone, about which STATUS says more; EACCES for another one, which
// does not hold the caller up.
long open_regular(Kernel& kernel, int root, const std::string& path, std::uint64_t flags,
                  std::uint64_t resolve, struct stat& status);
// All that FILE has, at most LIMIT bytes; EFBIG for more.
long read_all(Kernel& kernel, int file, std::string& content, std::size_t limit);
// A file of a kernel's own file system, as one line; or empty.
std::string read_setting(Kernel& kernel, int directory, const std::string& name);
long write_setting(Kernel& kernel, int directory, const std::string& name, std::string_view value);

} // namespace selns::run
