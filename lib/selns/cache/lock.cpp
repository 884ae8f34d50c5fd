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

bool same_file(int fd, const Directory& directory, const std::string& name) {
    struct stat opened = {};
    const auto named = directory.look(name);
    return named && ::fstat(fd, &opened) == 0 && opened.st_dev == named->st_dev &&
           opened.st_ino == named->st_ino;
}

void pause(const Interrupt& interrupt) {
    pollfd fd{interrupt.fd(), POLLIN, 0};
    ::poll(&fd, 1, 100);
    interrupt.check();
}

// Without it where the file system has no such locks.
void wait_for_lock(int fd, int operation, const Interrupt& interrupt,
                   const std::function<bool()>& needless = {}) {
    while (::flock(fd, operation | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR) &&
           !(needless && needless()))
        pause(interrupt);
}

} // namespace

std::optional<Lock> Lock::attempt(const std::filesystem::path& file, bool create) {
    // The directory may be a link: it is where the caller wants the file.
    return attempt(Directory(file.parent_path() / "."), file.filename().string(), create);
}

std::optional<Lock> Lock::attempt(Directory directory, const std::string& name, bool create) {
    const std::string shown = (directory.path() / name).lexically_normal().string();
    for (;;) {
        const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0);
        Fd fd(::openat(directory.fd(), name.c_str(), flags, 0600));
        if (!fd && !create)
            return std::nullopt;
        if (!fd)
            throw system_error("cannot lock " + shown, errno);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return std::nullopt;
            if (errno != EINTR)
                throw system_error("cannot lock " + shown, errno);
            continue;
        }
        // Whoever held it before may have removed the file after it was opened here.
        if (same_file(fd.get(), directory, name))
            return Lock(std::move(directory), name, std::move(fd));
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
        ::unlinkat(directory_.fd(), name_.c_str(), 0);
}

void Lock::keep_file() {
    fd_.reset();
}

bool lock_directory(const Directory& directory) {
    return ::flock(directory.fd(), LOCK_EX | LOCK_NB) == 0;
}

Fd lock_alone(const Directory& directory, const Interrupt& interrupt,
              const std::function<bool()>& needless) {
    Fd fd(::openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    wait_for_lock(fd.get(), LOCK_EX, interrupt, needless);
    return fd;
}

void share_directory(const Directory& directory, const Interrupt& interrupt) {
    wait_for_lock(directory.fd(), LOCK_SH, interrupt);
}

} // namespace selns::cache
