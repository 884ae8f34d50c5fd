#include "selns/cache/lock.hpp"

#include "selns/base/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace selns::cache {

namespace {

bool same_file(int fd, const std::filesystem::path& path) {
    struct stat opened = {};
    struct stat named = {};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void pause(const Interrupt& interrupt) {
    pollfd fd{interrupt.fd(), POLLIN, 0};
    ::poll(&fd, 1, 100);
    interrupt.check();
}

} // namespace

std::optional<Lock> Lock::attempt(const std::filesystem::path& file, bool create) {
    for (;;) {
        const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
        Fd fd(::open(file.c_str(), flags, 0600));
        if (!fd && !create)
            return std::nullopt;
        if (!fd)
            throw system_error("cannot lock " + file.string(), errno);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return std::nullopt;
            if (errno != EINTR)
                throw system_error("cannot lock " + file.string(), errno);
            continue;
        }
        // Whoever held it before may have removed the file after it was opened here.
        if (same_file(fd.get(), file))
            return Lock(file, std::move(fd));
    }
}

Lock Lock::wait(const std::filesystem::path& file, const Interrupt& interrupt,
                const std::function<void()>& on_wait) {
    bool told = false;
    for (;;) {
        interrupt.check();
        if (auto lock = attempt(file, true))
            return std::move(*lock);
        if (!told && on_wait)
            on_wait();
        told = true;
        pause(interrupt);
    }
}

Lock::~Lock() {
    if (fd_)
        ::unlink(file_.c_str());
}

void Lock::keep_file() {
    fd_.reset();
}

std::optional<Fd> lock_directory(const std::filesystem::path& directory) {
    Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !same_file(fd.get(), directory))
        return std::nullopt;
    return fd;
}

Fd share_directory(const std::filesystem::path& directory, const Interrupt& interrupt) {
    Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return {};
        pause(interrupt);
    }
    return fd;
}

bool make_exclusive(const Fd& shared) {
    return shared && ::flock(shared.get(), LOCK_EX | LOCK_NB) == 0;
}

} // namespace selns::cache
