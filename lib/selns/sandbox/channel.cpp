#include "selns/sandbox/channel.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace selns::sandbox {

namespace {

constexpr std::size_t header_size = 1 + sizeof(std::uint64_t);
constexpr std::string_view kinds = "LPRE";
constexpr std::array error_kinds = {ErrorKind::failed, ErrorKind::usage, ErrorKind::invalid_input,
                                    ErrorKind::tool_failed, ErrorKind::interrupted};

Error nonsense() {
    return {ErrorKind::failed, "the sandbox answered with something that makes no sense"};
}

std::string header(std::uint64_t size) {
    return {reinterpret_cast<const char*>(&size), sizeof size};
}

void put(std::string& out, std::string_view field) {
    out.append(header(field.size())).append(field);
}

std::string take(std::string_view& in) {
    std::uint64_t size = 0;
    if (in.size() < sizeof size)
        throw nonsense();
    std::memcpy(&size, in.data(), sizeof size);
    in.remove_prefix(sizeof size);
    if (size > in.size())
        throw nonsense();
    std::string field(in.substr(0, size));
    in.remove_prefix(size);
    return field;
}

int take_number(std::string_view& in) {
    const std::string digits = take(in);
    int number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc())
        throw nonsense();
    return number;
}

} // namespace

void send(int fd, MessageKind kind, std::string_view body) {
    const std::string head = static_cast<char>(kind) + header(body.size());
    // A small message is one write.
    if (body.size() < 65536) {
        write_all(fd, head + std::string(body));
        return;
    }
    write_all(fd, head);
    write_all(fd, body);
}

void Receiver::feed(std::string_view data) {
    buffer_.erase(0, done_);
    done_ = 0;
    buffer_.append(data);
}

std::optional<Message> Receiver::next() {
    const std::string_view rest = std::string_view(buffer_).substr(done_);
    if (rest.size() < header_size)
        return std::nullopt;
    std::uint64_t size = 0;
    std::memcpy(&size, rest.data() + 1, sizeof size);
    if (kinds.find(rest[0]) == std::string_view::npos || size > largest_)
        throw nonsense();
    if (rest.size() - header_size < size)
        return std::nullopt;
    done_ += header_size + size;
    return Message{static_cast<MessageKind>(rest[0]), std::string(rest.substr(header_size, size))};
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
    const int number = take_number(body);
    for (const ErrorKind kind : error_kinds)
        if (static_cast<int>(kind) == number) {
            Error error(kind, harmless(take(body)));
            error.hint(harmless(take(body)));
            Location location{harmless(take(body))};
            location.line = take_number(body);
            location.column = take_number(body);
            error.at(std::move(location));
            return error;
        }
    throw nonsense();
}

std::string harmless(std::string_view text) {
    constexpr std::size_t longest = 65536;
    std::string result;
    for (const std::string_view line : split(text.substr(0, longest), '\n')) {
        if (!result.empty() || line.data() != text.data())
            result += '\n';
        // Names in it are printable already: their backslashes stay single.
        const std::string shown = printable(line);
        for (std::size_t i = 0; i < shown.size(); ++i) {
            result += shown[i];
            if (shown[i] == '\\' && i + 1 < shown.size() && shown[i + 1] == '\\')
                ++i;
        }
    }
    return result;
}

} // namespace selns::sandbox
