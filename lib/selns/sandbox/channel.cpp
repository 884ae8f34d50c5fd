#include "selns/sandbox/channel.hpp"

#include "selns/base/file.hpp"

#include <cstdint>
#include <cstring>

namespace selns::sandbox {

namespace {

constexpr std::size_t header_size = 1 + sizeof(std::uint64_t);

void put(std::string& out, std::string_view field) {
    const std::uint64_t size = field.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(field);
}

std::string take(std::string_view& in) {
    std::uint64_t size = 0;
    std::memcpy(&size, in.data(), sizeof size);
    std::string field(in.substr(sizeof size, size));
    in.remove_prefix(sizeof size + size);
    return field;
}

} // namespace

void send(int fd, MessageKind kind, std::string_view body) {
    std::string frame(1, static_cast<char>(kind));
    put(frame, body);
    write_all(fd, frame);
}

std::optional<Message> Receiver::next() {
    if (buffer_.size() < header_size)
        return std::nullopt;
    std::uint64_t size = 0;
    std::memcpy(&size, buffer_.data() + 1, sizeof size);
    if (buffer_.size() - header_size < size)
        return std::nullopt;
    Message message{static_cast<MessageKind>(buffer_[0]), buffer_.substr(header_size, size)};
    buffer_.erase(0, header_size + size);
    return message;
}

std::string encode(const Error& error) {
    std::string body;
    put(body, std::to_string(static_cast<int>(error.kind())));
    put(body, error.message());
    put(body, error.hint());
    put(body, error.location().file);
    put(body, std::to_string(error.location().line));
    put(body, std::to_string(error.location().column));
    return body;
}

Error decode(std::string_view body) {
    const auto kind = static_cast<ErrorKind>(std::stoi(take(body)));
    Error error(kind, take(body));
    error.hint(take(body));
    Location location{take(body)};
    location.line = std::stoi(take(body));
    location.column = std::stoi(take(body));
    error.at(std::move(location));
    return error;
}

} // namespace selns::sandbox
