#include "selns-run/netlink.hpp"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace selns::run {

Listener::Listener(int protocol, unsigned group, const std::string& what, const std::string& hint)
    : socket_(linux_kernel(),
              ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = group;
    if (!socket_ ||
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw failure(what, -errno, hint);
    const int large = 8 << 20; // the kernel doubles it
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large);
}

std::size_t Listener::take(std::size_t most,
                           const std::function<void(unsigned, std::string_view)>& take) const {
    alignas(nlmsghdr) static std::array<char, std::size_t{64} << 10U> buffer;
    for (std::size_t taken = 0; taken < most; ++taken) {
        sockaddr_nl sender{};
        socklen_t size = sizeof sender;
        const ssize_t got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                       reinterpret_cast<sockaddr*>(&sender), &size);
        if (got < 0 && (errno == EINTR || errno == ENOBUFS))
            continue;
        if (got <= 0)
            return taken;
        if (sender.nl_pid != 0 || static_cast<std::size_t>(got) < sizeof(nlmsghdr))
            continue; // not the kernel's
        nlmsghdr header{};
        std::memcpy(&header, buffer.data(), sizeof header);
        // The length in an audit record's header is not always that of the message.
        take(header.nlmsg_type,
             std::string_view(buffer.data(), static_cast<std::size_t>(got)).substr(NLMSG_HDRLEN));
    }
    return most;
}

std::uint32_t Listener::take_lost() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> figures{};
    socklen_t size = sizeof figures;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_MEMINFO, figures.data(), &size) != 0)
        return 0;
    const std::uint32_t before = lost_;
    lost_ = figures[SK_MEMINFO_DROPS];
    return lost_ - before;
}

} // namespace selns::run
