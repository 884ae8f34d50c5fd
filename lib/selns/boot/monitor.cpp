#include "selns/boot/monitor.hpp"

#include "selns/base/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace selns::boot {

Monitor::Monitor(const std::filesystem::path& path) : input_(path.string() + ".in") {
    for (const std::string& pipe : {input_.string(), path.string() + ".out"})
        if (::mkfifo(pipe.c_str(), 0600) != 0)
            throw system_error("cannot make " + pipe, errno);
}

void Monitor::send(const std::string& command) {
    // For reading, too: so it can be opened, and written to, with nobody at the other end.
    if (!fd_)
        fd_ = Fd(::open(input_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    const std::string line = command + "\n";
    [[maybe_unused]] const ssize_t ignored = ::write(fd_.get(), line.data(), line.size());
}

} // namespace selns::boot
