#include "selns/cache/directory.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace selns::cache {

namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
    void operator()(DIR* stream) const { ::closedir(stream); }
};

// Where the kernel or a sandbox has no openat2, a mount of the same file system goes unnoticed.
Fd open_without_it(int parent, const char* path, std::uint64_t flags) {
    Fd fd(::openat(parent, path, static_cast<int>(flags) | O_NOFOLLOW, 0600));
    struct stat above = {};
    struct stat found = {};
    if (fd && (::fstat(parent, &above) != 0 || ::fstat(fd.get(), &found) != 0 ||
               above.st_dev != found.st_dev))
        fd.reset();
    return fd;
}

Fd open_below(int parent, const char* path, std::uint64_t flags) {
    open_how how = {};
    how.flags = flags;
    how.mode = (flags & O_CREAT) != 0 ? 0600 : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    Fd fd(static_cast<int>(::syscall(SYS_openat2, parent, path, &how, sizeof how)));
    if (!fd && (errno == ENOSYS || errno == EPERM))
        return open_without_it(parent, path, flags);
    return fd;
}

Error unread(const std::filesystem::path& directory, int errnum) {
    return system_error("cannot read the directory " + printable(directory.string()), errnum);
}

// An Error rather than only some of the names; it says that the directory is SHOWN.
std::vector<std::string> names_in(int directory, const std::filesystem::path& shown) {
    Fd fd(::openat(directory, ".", directory_flags));
    const std::unique_ptr<DIR, CloseDirectory> stream(fd ? ::fdopendir(fd.get()) : nullptr);
    if (!stream)
        throw unread(shown, errno);
    fd.release(); // it is the stream's now
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get());
        if (entry == nullptr && errno != 0)
            throw unread(shown, errno);
        if (entry == nullptr)
            break;
        if (const std::string_view name = entry->d_name; name != "." && name != "..")
            names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

// What cannot be listed stays.
std::vector<std::string> names_to_remove(int directory) {
    try {
        return names_in(directory, {});
    } catch (const Error&) {
        return {};
    }
}

void remove_below(int parent, const char* name) {
    if (::unlinkat(parent, name, 0) == 0 || errno != EISDIR)
        return;
    const Fd directory = open_below(parent, name, directory_flags);
    if (!directory)
        return;
    for (const std::string& below : names_to_remove(directory.get()))
        remove_below(directory.get(), below.c_str());
    ::unlinkat(parent, name, AT_REMOVEDIR);
}

} // namespace

Directory::Directory(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), directory_flags)) {
    if (!fd_)
        throw system_error("cannot open the directory " + path.string(), errno);
}

Directory Directory::duplicate() const {
    return {path_, Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0))};
}

std::optional<Directory> Directory::find(const std::string& name) const {
    Fd fd = open_below(fd_.get(), name.c_str(), directory_flags);
    if (!fd)
        return std::nullopt;
    return Directory(path_ / name, std::move(fd));
}

Directory Directory::make(const std::string& name) const {
    const bool there = ::mkdirat(fd_.get(), name.c_str(), 0700) == 0 || errno == EEXIST;
    const int refused = errno;
    if (auto found = find(name))
        return *std::move(found);
    throw system_error("cannot make the directory " + (path_ / name).string(),
                       there ? errno : refused);
}

std::vector<std::string> Directory::names() const {
    return names_in(fd_.get(), path_);
}

Fd Directory::open_file(const std::string& path) const {
    // O_NONBLOCK: a named pipe must not hold it up.
    Fd fd = open_below(fd_.get(), path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status = {};
    if (fd && (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)))
        fd.reset();
    return fd;
}

void Directory::write(const std::string& name, std::string_view content) const {
    ::unlinkat(fd_.get(), name.c_str(), 0);
    const Fd fd = open_below(fd_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (!fd)
        throw system_error("cannot write " + (path_ / name).string(), errno);
    write_all(fd.get(), content);
}

std::optional<struct stat> Directory::look(const std::string& path) const {
    struct stat status = {};
    if (::fstatat(fd_.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return status;
}

std::string Directory::read_link(const std::string& path) const {
    std::array<char, 4096> target;
    const ssize_t got = ::readlinkat(fd_.get(), path.c_str(), target.data(), target.size());
    return {target.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string Directory::identity(const std::string& name) const {
    struct statx status = {};
    if (::statx(fd_.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
                &status) != 0 ||
        !S_ISDIR(status.stx_mode) || status.stx_uid != ::geteuid())
        return {};
    return fmt::format("{}:{} {} {}.{}", status.stx_dev_major, status.stx_dev_minor, status.stx_ino,
                       status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
}

void Directory::remove(const std::string& name) const {
    remove_below(fd_.get(), name.c_str());
}

} // namespace selns::cache
