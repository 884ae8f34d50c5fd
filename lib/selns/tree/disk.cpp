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

// Calls VISIT with each entry of a directory but "." and "..", without what a stream of readdir(3)
// costs; zero or errno.
template <typename Visit>
int for_each_entry(int directory, const Visit& visit) {
    constexpr std::size_t room = 32U << 10U;
    // More than is asked for, since the last entry is shorter than its type.
    alignas(struct dirent64) std::array<char, room + sizeof(struct dirent64)> buffer;
    for (;;) {
        const ssize_t size = ::getdents64(directory, buffer.data(), room);
        if (size <= 0)
            return size == 0 || errno == ENOENT ? 0 : errno; // ENOENT: it is removed by now
        for (ssize_t at = 0; at < size;) {
            const auto& entry = *reinterpret_cast<const struct dirent64*>(buffer.data() + at);
            at += entry.d_reclen;
            const std::string_view name = entry.d_name;
            if (name != "." && name != "..")
                visit(entry);
        }
    }
}

std::string magic_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

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

std::optional<Disk::Listing> Disk::list(const std::string& path, Detail detail) const {
    Listing listing{open_directory(path), {}};
    if (!listing.directory)
        return {};
    const int directory = listing.directory.get();
    if (path != "/" && is_made_up(directory))
        return {};
    const auto take = [&](const struct dirent64& entry) {
        struct stat status {};
        // Most file systems tell the type by themselves, which saves a system call for each file.
        if (detail == Detail::type && entry.d_type != DT_UNKNOWN)
            listing.names.push_back(
                {entry.d_name, static_cast<std::uint32_t>(DTTOIF(entry.d_type))});
        else if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            listing.names.push_back(name_of(entry.d_name, status));
        else if (errno != ENOENT)
            throw unreadable(shown(join_path(path, entry.d_name)), errno);
    };
    if (const int errnum = for_each_entry(directory, take); errnum != 0)
        throw unreadable(shown(path), errnum);
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

std::string Disk::attribute_path() const {
    return magic_path(fd_.get()) + "/.";
}

std::string Disk::attribute_path(const Fd& directory, std::string_view name) {
    return magic_path(directory.get()).append("/").append(name);
}

Fd Disk::open_followed(const std::string& path, std::uint64_t flags) const {
    Fd fd(open_beneath(fd_.get(), path.c_str(), flags, RESOLVE_IN_ROOT));
    if (!fd && errno != ENOENT && errno != ENOTDIR)
        throw unreadable(shown(path), errno);
    return fd;
}

std::optional<Disk> Disk::directory(const std::string& path) const {
    Fd fd = open_followed(path, O_RDONLY | O_DIRECTORY);
    if (!fd)
        return {};
    return Disk(root_.string() + path, std::move(fd));
}

std::optional<std::string> Disk::read(const std::string& path, std::uint64_t limit) const {
    const Fd fd = open_followed(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    if (!fd)
        return {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error(ErrorKind::invalid_input, shown(path) + ": not a regular file");
    return read_all(fd.get(), shown(path), limit);
}

std::optional<std::filesystem::path> Disk::real_path(const std::string& path) const {
    const Fd fd = open_followed(path, O_PATH);
    if (!fd)
        return {};
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlink(magic_path(fd.get()).c_str(), target.data(), target.size());
    if (size < 0)
        throw unreadable(shown(path), errno);
    return target.substr(0, static_cast<std::size_t>(size));
}

} // namespace selns::tree
