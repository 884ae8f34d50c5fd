#include "raw_tar.hpp"

#include <fmt/format.h>

namespace selns::test {

namespace {

std::string octal(std::size_t size) {
    return fmt::format("{:011o}", size);
}

std::string record(std::string_view key, std::string_view value) {
    const std::size_t body = key.size() + value.size() + 3; // blank, "=", newline
    std::size_t length = body + 1;
    while (std::to_string(length).size() + body != length)
        ++length;
    return fmt::format("{} {}={}\n", length, key, value);
}

} // namespace

RawTar& RawTar::header(const Header& header) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, std::size_t room, std::string_view text) {
        text.substr(0, room).copy(block.data() + at, room);
    };
    put(0, 100, header.name);
    put(100, 8, header.mode);
    put(108, 8, "0000000");
    put(116, 8, "0000000");
    put(124, 12, header.size);
    put(136, 12, "14524770400");
    put(148, 8, "        ");
    block[156] = header.type;
    put(157, 100, header.link);
    put(257, 8, std::string_view("ustar\00000", 8));
    put(329, 8, header.major);
    put(337, 8, header.minor);
    unsigned sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    put(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    bytes_ += block;
    return *this;
}

RawTar& RawTar::block(std::string_view bytes) {
    bytes_ += bytes;
    bytes_.append((512 - bytes.size() % 512) % 512, '\0');
    return *this;
}

RawTar& RawTar::file(std::string_view name, std::string_view content) {
    return header({.name = std::string(name), .size = octal(content.size())}).block(content);
}

RawTar& RawTar::directory(std::string_view name) {
    return header({.name = std::string(name), .type = '5', .mode = "0000755"});
}

RawTar& RawTar::symlink(std::string_view name, std::string_view target) {
    return header({.name = std::string(name), .type = '2', .link = std::string(target)});
}

RawTar& RawTar::hard_link(std::string_view name, std::string_view target) {
    return header({.name = std::string(name), .type = '1', .link = std::string(target)});
}

RawTar& RawTar::pax(const Records& records) {
    std::string body;
    for (const auto& [key, value] : records)
        body += record(key, value);
    return header({.name = "PaxHeader", .type = 'x', .size = octal(body.size())}).block(body);
}

} // namespace selns::test
