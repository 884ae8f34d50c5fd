#pragma once

#include "selns/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selns::sandbox {

// Framed messages from a worker to its parent over a pipe. The parent trusts none of them.
enum class MessageKind : char { line = 'L', piece = 'P', result = 'R', error = 'E' };

struct Message {
    MessageKind kind = MessageKind::line;
    std::string body;
};

void send(int fd, MessageKind kind, std::string_view body);

// Puts the bytes that come through a pipe together to messages. A message of an unknown kind, or
// larger than LARGEST, is an Error.
class Receiver {
  public:
    explicit Receiver(std::uint64_t largest) : largest_(largest) {}
    void feed(std::string_view data);
    std::optional<Message> next();

  private:
    std::uint64_t largest_;
    std::string buffer_;
    std::size_t done_ = 0; // bytes of buffer_
};

std::string encode(const Error& error);
// BODY comes from a worker: what makes no sense is an Error that says so, and texts are harmless().
Error decode(std::string_view body);
// TEXT, printable() but for line feeds, and not endless: for a terminal.
std::string harmless(std::string_view text);

} // namespace selns::sandbox
