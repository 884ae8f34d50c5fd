#include "selns/tree/disk.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace selns::tree {

namespace {

// Their files are made up by the kernel, and so are the labels.
constexpr std::array<long, 14> made_up = {
    PROC_SUPER_MAGIC, SYSFS_MAGIC,      CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC,
    SELINUX_MAGIC,    SECURITYFS_MAGIC, DEBUGFS_MAGIC,      TRACEFS_MAGIC,       PSTOREFS_MAGIC,
    EFIVARFS_MAGIC,   BPF_FS_MAGIC,     BINFMTFS_MAGIC,     NSFS_MAGIC};

bool is_made_up(int fd) {
    struct statfs status {};
    return ::fstatfs(fd, &status) == 0 &&
           std::ranges::find(made_up, status.f_type) != made_up.end();
}

constexpr std::size_t longest_path = 64U << 10U;
// Of what one system call takes.
constexpr std::size_t longest_piece = PATH_MAX - 1;

int open_beneath(int root, const char* path, std::uint64_t flags, std::uint64_t resolve) {
    struct open_how how {};
    how.flags = flags | O_CLOEXEC;
    how.resolve = resolve;
    return static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
}

Error unreadable(const std::string& path, int errnum) {
    return Error(ErrorKind::invalid_input,
                 "cannot read " + path + ": " + std::generic_category().message(errnum));
}

Disk::Name name_of(std::string name, const struct stat& status) {
    return {std::move(name), status.st_mode, status.st_dev, status.st_ino, status.st_nlink};
}

std::string magic_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

// Directories to visit, shared by threads.
class Queue {
  public:
    void add(std::string path) {
        const std::lock_guard lock(mutex_);
        paths_.push_back(std::move(path));
        ready_.notify_one();
    }
    // Nothing at the end: when all is visited, or after stop().
    std::optional<std::string> next() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return !paths_.empty() || busy_ == 0 || stopped_; });
        if (paths_.empty() || stopped_)
            return {};
        ++busy_;
        std::string path = std::move(paths_.back());
        paths_.pop_back();
        return path;
    }
    void done() {
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0 && paths_.empty())
            ready_.notify_all();
    }
    void stop(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        if (!stopped_)
            failure_ = std::move(failure);
        stopped_ = true;
        ready_.notify_all();
    }
    const std::exception_ptr& failure() const { return failure_; } // when no thread works any more

  private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<std::string> paths_;
    std::size_t busy_ = 0;
    bool stopped_ = false;
    std::exception_ptr failure_;
};

} // namespace

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.ends_with('/'))
        path += '/';
    return path.append(name);
}

SplitPath split_path(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Disk::Disk(const std::filesystem::path& root)
    : root_(root), fd_(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!fd_)
        throw unreadable(printable(root.string()), errno);
}

std::string Disk::shown(const std::string& path) const {
    return printable(path == "/" ? root_.string() : root_.string() + path);
}

Disk::Name Disk::root() const {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0)
        throw unreadable(shown("/"), errno);
    return name_of("/", status);
}

Fd Disk::open_directory(const std::string& path) const {
    if (path.size() > longest_path)
        throw unreadable(shown(path.substr(0, PATH_MAX)) + "...", ENAMETOOLONG);
    std::string rest = path == "/" ? "." : path.substr(1);
    Fd fd;
    // Without symlinks, each piece stays beneath the one before.
    while (!rest.empty()) {
        const std::size_t slash =
            rest.size() > longest_piece ? rest.rfind('/', longest_piece) : std::string::npos;
        const std::string piece = rest.substr(0, slash);
        rest.erase(0, slash == std::string::npos ? slash : slash + 1);
        Fd next(open_beneath(fd ? fd.get() : fd_.get(), piece.c_str(), O_RDONLY | O_DIRECTORY,
                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
        if (!next && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            throw unreadable(shown(path), errno);
        if (!next)
            return next;
        fd = std::move(next);
    }
    return fd;
}

std::optional<Disk::Listing> Disk::list(const std::string& path) const {
    return list(path, Detail::all);
}

std::optional<Disk::Listing> Disk::list(const std::string& path, Detail detail) const {
    Listing listing{open_directory(path), {}};
    if (!listing.directory)
        return {};
    if (path != "/" && is_made_up(listing.directory.get()))
        return {};
    // The stream closes the descriptor that it reads: its own, when the directory is to stay open.
    Fd fd = detail == Detail::all ? Fd(::fcntl(listing.directory.get(), F_DUPFD_CLOEXEC, 0))
                                  : std::move(listing.directory);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), ::closedir);
    if (!stream)
        throw unreadable(shown(path), errno);
    const int directory = fd.release();
    for (;;) {
        errno = 0;
        const struct dirent* entry = ::readdir(stream.get());
        if (entry == nullptr && errno != 0)
            throw unreadable(shown(path), errno);
        if (entry == nullptr)
            break;
        const std::string_view name = entry->d_name;
        struct stat status {};
        if (name == "." || name == "..")
            continue;
        // Most file systems tell the type by themselves, which saves a system call for each file.
        if (detail == Detail::type && entry->d_type != DT_UNKNOWN)
            listing.names.push_back(
                {std::string(name), static_cast<std::uint32_t>(DTTOIF(entry->d_type))});
        else if (::fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            listing.names.push_back(name_of(std::string(name), status));
        else if (errno != ENOENT)
            throw unreadable(shown(join_path(path, name)), errno);
    }
    std::ranges::sort(listing.names, {}, &Name::name);
    return listing;
}

std::optional<Disk::Name> Disk::look(const std::string& path) const {
    const Fd fd(open_beneath(fd_.get(), path == "/" ? "." : path.c_str() + 1, O_PATH | O_NOFOLLOW,
                             RESOLVE_BENEATH));
    struct stat status {};
    if (!fd && errno != ENOENT && errno != ENOTDIR && errno != EXDEV && errno != ELOOP)
        throw unreadable(shown(path), errno);
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return {};
    return name_of(path, status);
}

void Disk::walk(const Visit& visit) const {
    // Listings on the way down; those of large trees are many, descriptors are few.
    struct Level {
        std::size_t path_size; // of the directory's path with a slash
        std::vector<Name> names;
        std::size_t next = 0;
    };
    std::vector<Level> levels;
    std::string path = "/"; // one buffer for all names
    const auto enter = [&] {
        if (auto listing = list(path, Detail::type))
            levels.push_back({levels.empty() ? 1 : path.size() + 1, std::move(listing->names), 0});
    };
    if (visit(path, root().mode & S_IFMT))
        enter();
    while (!levels.empty()) {
        Level& level = levels.back();
        if (level.next == level.names.size()) {
            levels.pop_back();
            continue;
        }
        const Name& name = level.names[level.next++];
        path.resize(level.path_size, '/');
        path += name.name;
        const std::uint32_t type = name.mode & S_IFMT;
        if (visit(path, type) && type == S_IFDIR)
            enter();
    }
}

void Disk::each_directory(unsigned threads, const VisitDirectory& visit) const {
    Queue queue;
    const auto work = [&] {
        while (const auto path = queue.next()) {
            try {
                if (const auto listing = list(*path)) {
                    for (const Name& name : listing->names)
                        if (S_ISDIR(name.mode))
                            queue.add(join_path(*path, name.name));
                    visit(*path, *listing);
                }
            } catch (...) {
                queue.stop(std::current_exception());
            }
            queue.done();
        }
    };
    queue.add("/");
    {
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < threads; ++i)
            others.emplace_back(work);
        work();
    }
    if (queue.failure())
        std::rethrow_exception(queue.failure());
}

std::string Disk::attribute_path() const {
    return magic_path(fd_.get()) + "/.";
}

std::string Disk::attribute_path(const Fd& directory, std::string_view name) {
    return magic_path(directory.get()).append("/").append(name);
}

std::optional<std::filesystem::path> Disk::real_path(const std::string& path) const {
    const Fd fd(open_beneath(fd_.get(), path.c_str(), O_PATH, RESOLVE_IN_ROOT));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return {};
    std::string target(PATH_MAX, '\0');
    const ssize_t size =
        fd ? ::readlink(magic_path(fd.get()).c_str(), target.data(), target.size()) : -1;
    if (size < 0)
        throw unreadable(shown(path), errno);
    return target.substr(0, static_cast<std::size_t>(size));
}

} // namespace selns::tree
