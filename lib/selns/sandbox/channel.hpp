#pragma once

#include "selns/base/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace selns::sandbox {

// Framed messages from the child to its parent over a pipe.
enum class MessageKind : char { line = 'L', result = 'R', error = 'E' };

struct Message {
    MessageKind kind = MessageKind::line;
    std::string body;
};

void send(int fd, MessageKind kind, std::string_view body);

// Puts the bytes that come through a pipe together to messages.
class Receiver {
  public:
    void feed(std::string_view data) { buffer_.append(data); }
    std::optional<Message> next();

  private:
    std::string buffer_;
};

std::string encode(const Error& error);
Error decode(std::string_view body);

} // namespace selns::sandbox
