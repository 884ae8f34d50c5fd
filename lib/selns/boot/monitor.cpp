#include "selns/boot/monitor.hpp"

#include "selns/base/error.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace selns::boot {

void Monitor::send(const std::string& command) {
    if (!fd_) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (socket_.native().size() >= sizeof address.sun_path)
            throw Error(ErrorKind::failed, "the path of a socket is too long: " + socket_.string());
        std::strcpy(address.sun_path, socket_.c_str());
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return;
        fd_ = std::move(fd);
    }
    const std::string line = command + "\n";
    ::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL);
}

} // namespace selns::boot
