#include "selns-build/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace selns::cmd {

void FdOutput::write(std::string_view text) {
    while (!text.empty() && errnum_ == 0) {
        const ssize_t written = ::write(fd_, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Whoever shares a terminal with us may have made it non-blocking.
            pollfd wanted{fd_, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            errnum_ = errno;
        }
    }
}

std::optional<Error> FdOutput::problem() const {
    if (errnum_ == 0 || errnum_ == EPIPE)
        return std::nullopt;
    return system_error(std::string("cannot write to ") + name_, errnum_);
}

} // namespace selns::cmd
