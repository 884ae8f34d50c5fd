#include "fake_kernel.hpp"

#include "selns-run/selinux_namespace.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace selns::run {

long FakeKernel::call(const std::string& what) {
    calls.push_back(what);
    if (++count_ != fail_at)
        return 0;
    failed = what;
    return -fail_with;
}

int FakeKernel::open(std::string path) {
    fds_[next_fd_] = {std::move(path), 0, depth_};
    return next_fd_++;
}

std::string FakeKernel::path_of(int fd) const {
    const auto found = fds_.find(fd);
    return fd == AT_FDCWD ? working_directory_ : found == fds_.end() ? "?" : found->second.path;
}

std::string FakeKernel::path_of(int directory, const std::string& name) const {
    if (directory == AT_FDCWD && name.starts_with('/'))
        return name;
    std::string path = path_of(directory);
    for (std::size_t at = 0; at < name.size();) {
        const std::size_t end = std::min(name.size(), name.find('/', at));
        const std::string part = name.substr(at, end - at);
        if (!part.empty() && part != ".")
            path += (path.ends_with('/') ? "" : "/") + part;
        at = end + 1;
    }
    return path;
}

void FakeKernel::give_image(const std::string& root, const std::string& proc) {
    contents[root + "/etc/selinux/config"] = "SELINUX=enforcing\nSELINUXTYPE=default\n";
    contents[root + "/etc/selinux/default/policy/policy.33"] = "policy";
    contents[root + "/sbin/init#security.selinux"] = "system_u:object_r:init_exec_t:s0";
    contents[proc + "/self/attr/current"] = "kernel";
    contents["selinuxfs:/class/process/index"] = "2";
    contents["selinuxfs:/create"] = "system_u:system_r:init_t:s0";
}

std::size_t FakeKernel::place(const std::string& what) const {
    const auto found = std::ranges::find_if(
        calls, [&](const std::string& call) { return call.starts_with(what); });
    return static_cast<std::size_t>(found - calls.begin());
}

std::string FakeKernel::out_of_order(const std::vector<std::string>& order) const {
    std::size_t last = 0;
    for (const std::string& step : order) {
        if (!has(step) || place(step) < last)
            return step;
        last = place(step);
    }
    return {};
}

std::set<int> FakeKernel::open_here() const {
    std::set<int> result;
    for (const auto& [fd, file] : fds_)
        if (file.process == 0)
            result.insert(fd);
    return result;
}

long FakeKernel::openat2(int directory, const std::string& path, std::uint64_t flags, std::uint64_t,
                         std::uint64_t) {
    const std::string full = path_of(directory, path);
    const long error = call("open " + full);
    if (error != 0)
        return error;
    if (const auto found = open_errors.find(full); found != open_errors.end())
        return found->second;
    if (absent.contains(full) && (flags & O_CREAT) == 0)
        return -ENOENT;
    if ((flags & O_CREAT) != 0)
        files.insert(full);
    return open(full);
}

void FakeKernel::close(int fd) {
    fds_.erase(fd);
}

long FakeKernel::read(int fd, char* data, std::size_t size) {
    File& file = fds_.at(fd);
    if (const long error = call("read " + file.path); error != 0)
        return error;
    const std::string& text = contents[file.path];
    const std::size_t taken = std::min(size, text.size() - file.at);
    std::memcpy(data, text.data() + file.at, taken);
    file.at += taken;
    return static_cast<long>(taken);
}

long FakeKernel::write(int fd, const char* data, std::size_t size) {
    const std::string path = path_of(fd);
    const std::string text(data, std::min<std::size_t>(size, 60));
    if (const long error = call("write " + path + " " + text); error != 0)
        return error;
    const std::string directory = path.substr(0, path.rfind('/'));
    if (path.ends_with("/cgroup.kill"))
        std::erase_if(processes,
                      [&](const auto& process) { return process.second.starts_with(directory); });
    if (path.ends_with("/cgroup.procs") && depth_ > 0)
        processes[current_] = directory;
    return static_cast<long>(size);
}

long FakeKernel::stat(int fd, struct stat& status) {
    const std::string path = path_of(fd);
    if (const long error = call("stat " + path); error != 0)
        return error;
    status = {};
    const auto kind = kinds.find(path);
    status.st_mode = (kind == kinds.end() ? S_IFREG | 0755U : kind->second);
    status.st_nlink = 1;
    const auto size = sizes.find(path);
    status.st_size = size == sizes.end() ? 1 : size->second;
    return 0;
}

long FakeKernel::file_system(int fd) {
    const std::string path = path_of(fd);
    if (const long error = call("statfs " + path); error != 0)
        return error;
    const auto found = file_systems.find(path);
    return found == file_systems.end() ? EXT4_SUPER_MAGIC : found->second;
}

long FakeKernel::is_read_only(int fd) {
    const long error = call("read_only " + path_of(fd));
    return error != 0 ? error : static_cast<long>(read_only.contains(path_of(fd)));
}

long FakeKernel::is_mount_root(int fd) {
    const long error = call("mount_root " + path_of(fd));
    return error != 0 ? error : static_cast<long>(mount_roots.contains(path_of(fd)));
}

long FakeKernel::mkdirat(int directory, const std::string& name, mode_t) {
    const std::string path = path_of(directory, name);
    if (const long error = call("mkdir " + path); error != 0)
        return error;
    kinds[path] = S_IFDIR | 0700U;
    absent.erase(path);
    return directories.insert(path).second ? 0 : -EEXIST;
}

long FakeKernel::chmodat(int directory, const std::string& name, mode_t) {
    return call("chmod " + path_of(directory, name));
}

long FakeKernel::mknodat(int directory, const std::string& name, mode_t, dev_t) {
    return call("mknod " + path_of(directory, name));
}

long FakeKernel::symlinkat(const std::string& target, int directory, const std::string& name) {
    return call("symlink " + path_of(directory, name) + " " + target);
}

long FakeKernel::unlinkat(int directory, const std::string& name, int flags) {
    const std::string path = path_of(directory, name);
    if (const long error = call("unlink " + path); error != 0)
        return error;
    auto& where = (flags & AT_REMOVEDIR) != 0 ? directories : files;
    for (const auto* things : {&directories, &files})
        if (const auto below = things->upper_bound(path + "/");
            below != things->end() && below->starts_with(path + "/"))
            return -ENOTEMPTY;
    return where.erase(path) != 0 ? 0 : -ENOENT;
}

long FakeKernel::list_directories(int directory, std::vector<std::string>& names) {
    const std::string path = path_of(directory);
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    if (const long error = call("list " + prefix); error != 0)
        return error;
    for (const std::string& found : directories)
        if (found.starts_with(prefix) && found.find('/', prefix.size()) == std::string::npos)
            names.push_back(found.substr(prefix.size()));
    return 0;
}

long FakeKernel::ftruncate(int fd) {
    return call("truncate " + path_of(fd));
}

long FakeKernel::flock(int fd, int) {
    return call("flock " + path_of(fd));
}

long FakeKernel::lsetxattr(const std::string& name, const char*, const std::string& value) {
    const std::string path = path_of(AT_FDCWD, name);
    if (const long error = call("label " + path + " " + value); error != 0)
        return error;
    return absent.contains(path) ? -ENOENT : 0;
}

long FakeKernel::fgetxattr(int fd, const char* attribute, char* value, std::size_t size) {
    const std::string path = path_of(fd);
    if (const long error = call(std::string("getxattr ") + attribute + " " + path); error != 0)
        return error;
    const auto found = contents.find(path + "#" + attribute);
    if (found == contents.end())
        return -ENODATA;
    std::memcpy(value, found->second.data(), std::min(size, found->second.size()));
    return static_cast<long>(found->second.size());
}

long FakeKernel::ioctl(int fd, unsigned long request, void* argument) {
    const std::string path = path_of(fd);
    const bool configures = request == LOOP_CONFIGURE;
    std::string what = (configures ? "configure " : "ioctl ") + path;
    if (configures &&
        (static_cast<loop_config*>(argument)->info.lo_flags & LO_FLAGS_AUTOCLEAR) != 0)
        what += " autoclear";
    return call(what);
}

long FakeKernel::ioctl(int fd, unsigned long request, unsigned long) {
    const long error = call("ioctl " + path_of(fd));
    return error != 0 ? error : request == TIOCGPTPEER ? open("devpts:/0") : 0;
}

long FakeKernel::fchdir(int fd) {
    if (const long error = call("chdir " + path_of(fd)); error != 0)
        return error;
    working_directory_ = path_of(fd);
    return 0;
}

long FakeKernel::chroot_here() {
    return call("chroot " + working_directory_);
}

long FakeKernel::fsopen(const std::string& type) {
    const long error = call("fsopen " + type);
    return error != 0 ? error : absent.contains(type) ? -ENODEV : open(type);
}

long FakeKernel::fsconfig(int fs, const char* key, const char*) {
    return call("fsconfig " + path_of(fs) + " " + (key == nullptr ? "create" : key));
}

long FakeKernel::fsmount(int fs, std::uint64_t attributes) {
    const long error =
        call("fsmount " + path_of(fs) + ((attributes & MOUNT_ATTR_NOSUID) != 0 ? " nosuid" : ""));
    return error != 0 ? error : open(path_of(fs) + ":");
}

long FakeKernel::open_tree(int fd) {
    const long error = call("open_tree " + path_of(fd));
    return error != 0 ? error : open(path_of(fd));
}

long FakeKernel::move_mount(int mount, int target) {
    return call("move_mount " + path_of(mount) + " " + path_of(target));
}

long FakeKernel::mount_setattr(int fd, bool, std::uint64_t, std::uint64_t,
                               std::uint64_t propagation) {
    return call("mount_setattr " + path_of(fd) + (propagation == MS_SLAVE ? " slave" : ""));
}

long FakeKernel::pivot_here() {
    const long error = call("pivot " + working_directory_);
    return error != 0 ? error : pivoted;
}

long FakeKernel::umount_here() {
    const long error = call("umount " + working_directory_);
    return error == 0 && mount_roots.erase(working_directory_) == 0 ? -EINVAL : error;
}

long FakeKernel::unshare(int flags) {
    return call(std::string("unshare") + ((flags & CLONE_NEWNS) != 0 ? " mounts" : ""));
}

long FakeKernel::setns(int fd, int) {
    return call("setns " + path_of(fd));
}

long FakeKernel::sethostname(const std::string& name) {
    return call("hostname " + name);
}

Kernel::Process FakeKernel::spawn(int cgroup, const std::function<void()>& setup,
                                  const std::function<int()>&) {
    if (const long error = call("spawn " + path_of(cgroup)); error != 0)
        throw failure("start a process", error);
    const pid_t pid = next_pid_++;
    processes[pid] = cgroup < 0 ? processes[current_] : path_of(cgroup);
    const std::string before = working_directory_;
    const pid_t parent = current_;
    current_ = pid;
    const auto end = [&] {
        current_ = parent;
        std::erase_if(fds_, [this](const auto& entry) { return entry.second.process == depth_; });
        --depth_;
        working_directory_ = before;
    };
    ++depth_;
    try {
        setup();
    } catch (...) {
        end();
        processes.erase(pid);
        throw;
    }
    end();
    return {pid, open("pidfd")};
}

long FakeKernel::set_parent_death_signal(int) {
    return call("parent_death_signal");
}

long FakeKernel::execve(const std::string& file, const std::vector<std::string>&,
                        const std::vector<std::string>&) {
    return call("execve " + file);
}

long FakeKernel::setsid() {
    return call("setsid");
}

long FakeKernel::dup2(int from, int to) {
    return call("dup2 " + path_of(from) + " " + std::to_string(to));
}

long FakeKernel::close_others(std::vector<int>) {
    return call("close_others");
}

long FakeKernel::drop_bounding(int capability) {
    return capability > 40 ? -EINVAL : call("drop " + std::to_string(capability));
}

long FakeKernel::set_capabilities(std::uint64_t) {
    return call("capset");
}

long FakeKernel::set_filter(const sock_fprog&) {
    return call("seccomp");
}

long FakeKernel::bpf(int, void*, std::size_t) {
    const long error = call("bpf");
    return error != 0 ? error : open("bpf");
}

long FakeKernel::lsm_get(unsigned, void* data, std::uint32_t& size) {
    if (const long error = call("lsm_get"); error != 0)
        return error;
    if (old_kernel)
        return -ENOSYS;
    if (!namespaces)
        return -EOPNOTSUPP;
    LsmAttribute attribute;
    attribute.id = selinux_id;
    attribute.length = LsmAttribute::header_size + 1;
    attribute.context_length = 1;
    std::memcpy(data, &attribute, std::min<std::size_t>(size, sizeof attribute));
    return 1;
}

long FakeKernel::lsm_set(unsigned attribute, const void*, std::uint32_t) {
    const long error = call("lsm_set " + std::to_string(attribute));
    return error != 0 ? error : attribute == 106 ? unshared : 0;
}

long FakeKernel::socket_pair(std::array<int, 2>& ends) {
    if (const long error = call("socketpair"); error != 0)
        return error;
    ends = {open("socket"), open("socket")};
    return 0;
}

long FakeKernel::pipe(std::array<int, 2>& ends) {
    if (const long error = call("pipe"); error != 0)
        return error;
    ends = {open("pipe"), open("pipe")};
    return 0;
}

long FakeKernel::send_signal(int pidfd, int signal) {
    return call("signal " + path_of(pidfd) + " " + std::to_string(signal));
}

long FakeKernel::socket() {
    const long error = call("socket");
    return error != 0 ? error : open("socket");
}

long FakeKernel::listen_at(int, const std::string& path) {
    if (const long error = call("listen " + path); error != 0)
        return error;
    files.insert(path);
    return 0;
}

std::vector<int> FakeKernel::make_elsewhere(const std::function<std::vector<int>()>& make) {
    if (const long error = call("elsewhere"); error != 0)
        throw failure("start a process", error);
    return make();
}

long FakeKernel::fsetxattr(int fd, const char* attribute, const std::string& value) {
    return call("fsetxattr " + path_of(fd) + " " + attribute + " " + value);
}

long FakeKernel::send(int, std::string_view data, const std::vector<int>&) {
    return call("send " + std::string(data));
}

} // namespace selns::run
