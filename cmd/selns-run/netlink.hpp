#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// What the kernel tells a group of a netlink protocol. It is kept in the socket's buffer, 16 MiB,
// until it is taken.
class Listener {
  public:
    // Throws "cannot WHAT" with HINT.
    Listener(int protocol, unsigned group, const std::string& what, const std::string& hint);

    int fd() const { return socket_.get(); }
    // Calls TAKE with type and content of each message that is there, of MOST at most, and returns
    // their number. Never waits.
    std::size_t take(std::size_t most,
                     const std::function<void(unsigned, std::string_view)>& take) const;
    // How many messages the buffer had no room for since this was asked last.
    std::uint32_t take_lost();

  private:
    Handle socket_;
    std::uint32_t lost_ = 0; // in all, as told last
};

} // namespace selns::run
