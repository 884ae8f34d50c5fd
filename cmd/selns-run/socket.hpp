#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

struct Message {
    std::string data; // empty: the other side has gone
    std::vector<Handle> fds;
};
// One message of at most MOST bytes; the rest of a longer one is lost.
Message receive(int socket, std::size_t most);
Handle connect_to(Kernel& kernel, const std::string& path);

inline constexpr std::size_t most_request = std::size_t{128} << 10U;

} // namespace selns::run
