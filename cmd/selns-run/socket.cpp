#include "selns-run/socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace selns::run {

Message receive(int socket, std::size_t most) {
    constexpr std::size_t most_fds = 8;
    Message message;
    message.data.resize(most);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_fds)> control{};
    iovec piece{message.data.data(), most};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    message.data.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); got >= 0 && part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        std::vector<int> fds((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        std::memcpy(fds.data(), CMSG_DATA(part), fds.size() * sizeof(int));
        for (const int fd : fds)
            message.fds.emplace_back(linux_kernel(), fd);
    }
    return message;
}

Handle connect_to(Kernel& kernel, const std::string& path) {
    const std::string what = "connect to the container";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    Handle socket(kernel, ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw failure(what, -errno);
    return socket;
}

} // namespace selns::run
