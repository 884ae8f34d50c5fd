#pragma once

#include "selns-run/kernel.hpp"

#include <map>
#include <set>

namespace selns::run {

// Stands for the kernel: keeps what a launch makes, and fails the call that it is told to.
//
// Every descriptor has a path: "/x" on the host; "ext4:/x" in a mount, named by its type. All that
// is opened exists, unless `absent` has it.
class FakeKernel final : public Kernel {
  public:
    // The call of this number, counted from 1, fails; 0: none.
    int fail_at = 0;
    int fail_with = 5;  // EIO
    std::string failed; // the call that did

    std::set<std::string> absent;
    std::set<std::string> read_only;
    std::set<std::string> mount_roots;
    std::map<std::string, std::string> contents;
    std::map<std::string, unsigned> kinds; // S_IFIFO and the like; regular otherwise
    std::map<std::string, long> sizes;     // as stat tells it
    std::map<std::string, long> open_errors;
    std::map<std::string, long> file_systems; // magic numbers; ext4's otherwise
    long pivoted = 0;                         // what pivot_here answers
    long unshared = 0;                        // what lsm_set answers
    long own_pid = 1;                         // of the first process
    bool namespaces = true;
    bool old_kernel = false;

    // An image with a policy at ROOT, "ext4:", and a process of /proc at PROC.
    void give_image(const std::string& root, const std::string& proc);

    // All calls, "move_mount tmpfs: ext4:/run".
    std::vector<std::string> calls;
    // Where the first call that begins with WHAT is; the number of calls if there is none.
    std::size_t place(const std::string& what) const;
    bool has(const std::string& what) const { return place(what) < calls.size(); }
    // The first call of ORDER that is not there, or before the one that precedes it here; or empty.
    std::string out_of_order(const std::vector<std::string>& order) const;
    // What is there on the host.
    std::set<std::string> directories; // made and not removed
    std::set<std::string> files;
    std::map<pid_t, std::string> processes; // and their cgroups
    std::set<int> open_here() const;        // descriptors of the first process

    // A descriptor of /image.
    int open_image() { return open("/image"); }

    long openat2(int directory, const std::string& path, std::uint64_t flags, std::uint64_t mode,
                 std::uint64_t resolve) override;
    void close(int fd) override;
    long read(int fd, char* data, std::size_t size) override;
    long write(int fd, const char* data, std::size_t size) override;
    long stat(int fd, struct stat& status) override;
    long file_system(int fd) override;
    long is_read_only(int fd) override;
    long is_mount_root(int fd) override;
    long mkdirat(int directory, const std::string& name, mode_t mode) override;
    long chmodat(int directory, const std::string& name, mode_t mode) override;
    long mknodat(int directory, const std::string& name, mode_t mode, dev_t device) override;
    long symlinkat(const std::string& target, int directory, const std::string& name) override;
    long unlinkat(int directory, const std::string& name, int flags) override;
    long list_directories(int directory, std::vector<std::string>& names) override;
    long ftruncate(int fd) override;
    long flock(int fd, int operation) override;
    long lsetxattr(const std::string& name, const char* attribute,
                   const std::string& value) override;
    long fgetxattr(int fd, const char* attribute, char* value, std::size_t size) override;
    long fsetxattr(int fd, const char* attribute, const std::string& value) override;
    long ioctl(int fd, unsigned long request, void* argument) override;
    long ioctl(int fd, unsigned long request, unsigned long argument) override;
    long fchdir(int fd) override;
    long chroot_here() override;
    long fsopen(const std::string& type) override;
    long fsconfig(int fs, const char* key, const char* value) override;
    long fsmount(int fs, std::uint64_t attributes) override;
    long open_tree(int fd) override;
    long move_mount(int mount, int target) override;
    long mount_setattr(int fd, bool recursive, std::uint64_t set, std::uint64_t clear,
                       std::uint64_t propagation) override;
    long pivot_here() override;
    long umount_here() override;
    long unshare(int flags) override;
    long setns(int fd, int flags) override;
    long sethostname(const std::string& name) override;
    Process spawn(int cgroup, const std::function<void()>& setup,
                  const std::function<int()>& afterwards) override;
    std::vector<int> make_elsewhere(const std::function<std::vector<int>()>& make) override;
    long getpid() override { return own_pid; }
    long set_parent_death_signal(int signal) override;
    long execve(const std::string& file, const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment) override;
    long send_signal(int pidfd, int signal) override;
    long setsid() override;
    long pipe(std::array<int, 2>& ends) override;
    long dup2(int from, int to) override;
    long close_others(std::vector<int> keep) override;
    long drop_bounding(int capability) override;
    long set_capabilities(std::uint64_t permitted) override;
    long set_filter(const sock_fprog& filter) override;
    long bpf(int command, void* attributes, std::size_t size) override;
    long lsm_get(unsigned attribute, void* data, std::uint32_t& size) override;
    long lsm_set(unsigned attribute, const void* data, std::uint32_t size) override;
    long socket_pair(std::array<int, 2>& ends) override;
    long socket() override;
    long listen_at(int socket, const std::string& path) override;
    long send(int socket, std::string_view data, const std::vector<int>& fds) override;

  private:
    struct File {
        std::string path;
        std::size_t at = 0; // read so far
        int process = 0;    // how deep below the first one
    };

    // Writes the call down; its error, if it is the one that fails.
    long call(const std::string& what);
    int open(std::string path);
    std::string path_of(int fd) const;
    std::string path_of(int directory, const std::string& name) const;

    int count_ = 0;
    int next_fd_ = 100;
    pid_t next_pid_ = 1000;
    pid_t current_ = 0;
    int depth_ = 0;
    std::map<int, File> fds_;
    std::string working_directory_ = "/";
};

} // namespace selns::run
