#include "selns/base/file.hpp"

#include "selns/base/error.hpp"
#include "selns/base/sync.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace selns {

namespace {

constexpr std::string_view temporary_mark = ".selns-tmp.";

void sync_directory(const std::filesystem::path& directory) {
    const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd)
        ::fsync(fd.get()); // Some file systems refuse it on directories; the rename stands anyway.
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

// The name that a file gets, when PATH is what an AtomicFile is called meanwhile; else PATH.
std::string target_of(std::filesystem::path path) {
    const std::string name = path.filename().string();
    const auto mark = name.rfind(temporary_mark);
    if (name.starts_with('.') && mark != name.npos && mark > 0)
        path.replace_filename(name.substr(1, mark - 1));
    return printable(path.string());
}

// The file that FD is, with a blank before it; nothing for what never had a name.
std::string name_of(int fd) {
    std::array<char, PATH_MAX> buffer;
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
    const std::string_view name(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return name.starts_with('/') ? " " + target_of(name) : std::string();
}

// Where this machine is at its end, the input is not to blame.
Error unusable(const char* doing, const std::string& file, int errnum) {
    const std::string what = std::string("cannot ") + doing + " " + file;
    for (const int of_machine : {EMFILE, ENFILE, ENOMEM, EIO})
        if (errnum == of_machine)
            return system_error(what, errnum);
    return Error(ErrorKind::invalid_input, what + ": " + std::generic_category().message(errnum));
}

void require_kind(const struct stat& status, Input what, const std::filesystem::path& file) {
    const mode_t mode = status.st_mode;
    const bool other =
        (what == Input::disk && S_ISBLK(mode)) || (what == Input::stream && S_ISFIFO(mode));
    if (!S_ISREG(mode) && !other)
        throw Error(ErrorKind::invalid_input,
                    file.string() + (S_ISDIR(mode) ? ": a directory, where a file is expected"
                                                   : ": not a regular file"));
}

} // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int Fd::release() {
    return std::exchange(fd_, -1);
}

void Fd::reset() {
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = -1;
}

Pipe make_pipe() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw system_error("cannot make a pipe", errno);
    return {Fd(ends[0]), Fd(ends[1])};
}

Error file_error(const std::string& doing, int fd, int errnum) {
    return system_error(doing + name_of(fd), errnum);
}

Fd open_read(const std::filesystem::path& file, Input what) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0)
        throw unusable("open", file.string(), errno);
    require_kind(status, what, file);
    // It may be another file by now: a pipe is waited for only where one is wanted.
    const int wait = what == Input::stream ? 0 : O_NONBLOCK;
    Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | wait));
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw unusable("open", file.string(), errno);
    require_kind(status, what, file);
    return fd;
}

std::string read_file(const std::filesystem::path& file, std::uint64_t limit) {
    const Fd fd = open_read(file);
    return read_all(fd.get(), file.string(), limit);
}

std::string read_all(int fd, const std::string& name, std::uint64_t limit) {
    const auto too_large = [&] {
        return Error(ErrorKind::invalid_input,
                     name + " is larger than " + std::to_string(limit) + " bytes");
    };
    std::string content;
    struct stat status = {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        if (static_cast<std::uint64_t>(status.st_size) > limit)
            throw too_large();
        content.reserve(static_cast<std::size_t>(status.st_size));
    }
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw unusable("read", name, errno);
        if (got == 0)
            return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > limit)
            throw too_large();
    }
}

void write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw file_error("cannot write", fd, errno);
        data.remove_prefix(static_cast<std::size_t>(written));
    }
}

void pread_all(int fd, char* data, std::size_t size, std::uint64_t offset) {
    while (size > 0) {
        const ssize_t got = ::pread(fd, data, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw file_error("cannot read", fd, errno);
        if (got == 0)
            throw Error(ErrorKind::failed, "a file ended early: it was changed while being read");
        data += got;
        size -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
}

void copy_all(int from, const std::string& name, int to) {
    std::string buffer(1U << 16U, '\0');
    for (;;) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw system_error("cannot read " + printable(name), errno);
        if (got == 0)
            return;
        write_all(to, std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    }
}

mode_t current_umask() {
    const mode_t mask = ::umask(077);
    ::umask(mask);
    return mask;
}

// The lock on the open file tells remove_stale() that its writer lives.
AtomicFile::AtomicFile(std::filesystem::path target, mode_t mode)
    : target_(std::move(target)), mode_(mode & ~current_umask()) {
    std::string name = (directory_of(target_) / ("." + target_.filename().string() +
                                                 std::string(temporary_mark) + "XXXXXX"))
                           .string();
    fd_ = Fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd_)
        throw system_error("cannot write " + printable(target_.string()), errno);
    temporary_ = name;
    ::flock(fd_.get(), LOCK_EX | LOCK_NB);
}

AtomicFile::~AtomicFile() {
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

void AtomicFile::sync() {
    sync_file(fd_.get(), printable(target_.string()));
}

void AtomicFile::commit() {
    if (::fchmod(fd_.get(), mode_) != 0)
        throw system_error("cannot write " + printable(target_.string()), errno);
    // Not to be interrupted: of several files, all are committed or none.
    if (::fsync(fd_.get()) != 0)
        throw system_error("cannot write " + printable(target_.string()), errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
        throw system_error("cannot write " + printable(target_.string()), errno);
    temporary_.clear();
    sync_directory(directory_of(target_));
}

void AtomicFile::remove_stale(const std::filesystem::path& directory) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
        if (entry.path().filename().string().find(temporary_mark) == std::string::npos)
            continue;
        const Fd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0)
            ::unlink(entry.path().c_str());
    }
}

void write_file(const std::filesystem::path& target, std::string_view content, mode_t mode) {
    AtomicFile file(target, mode);
    write_all(file.fd(), content);
    file.commit();
}

} // namespace selns
