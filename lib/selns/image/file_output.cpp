#include "selns/image/file_output.hpp"

#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/interrupt.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace selns::image {

namespace {

constexpr std::size_t buffer_size = 1U << 20U;
constexpr std::size_t buffers = 4; // one to fill, the others on their way

void pwrite_all(int fd, std::string_view data, std::uint64_t offset) {
    while (!data.empty()) {
        const ssize_t written = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw file_error("cannot write", fd, errno);
        data.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void add_from(int fd, std::uint64_t begin, std::uint64_t end, Sha256& hash) {
    std::string buffer(std::min<std::uint64_t>(end - begin, 1U << 17U), '\0');
    while (begin < end) {
        interruption_point();
        const std::size_t size = std::min<std::uint64_t>(end - begin, buffer.size());
        pread_all(fd, buffer.data(), size, begin);
        hash.update({buffer.data(), size});
        begin += size;
    }
}

} // namespace

FileOutput::FileOutput(int fd, bool hashed)
    : fd_(fd), piece_{std::string(buffer_size, '\0')}, written_(buffers), free_(buffers) {
    if (!hashed)
        return;
    for (std::size_t i = 1; i < buffers; ++i)
        free_.put(std::string(buffer_size, '\0'));
    hash_ = std::async(std::launch::async, [this] { return hash(); });
}

FileOutput::~FileOutput() {
    written_.close();
}

std::pair<char*, std::size_t> FileOutput::reserve(std::uint64_t at, std::uint64_t size) {
    if (piece_.used == piece_.bytes.size() || at != piece_.at + piece_.used)
        flush();
    if (piece_.used == 0)
        piece_.at = at;
    const std::size_t fits = std::min<std::uint64_t>(size, piece_.bytes.size() - piece_.used);
    char* place = piece_.bytes.data() + piece_.used;
    piece_.used += fits;
    return {place, fits};
}

void FileOutput::flush() {
    if (piece_.used == 0)
        return;
    pwrite_all(fd_, std::string_view(piece_.bytes).substr(0, piece_.used), piece_.at);
    if (hash_.valid())
        hand_over();
    piece_.used = 0;
}

void FileOutput::hand_over() {
    written_.put(std::exchange(piece_, {}));
    auto next = free_.take();
    if (!next)
        hash_.get(); // throws what ended it
    piece_.bytes = *std::move(next);
}

std::string FileOutput::finish(std::uint64_t size) {
    flush();
    if (!hash_.valid())
        return {};
    written_.put({{}, 0, size});
    written_.close();
    return hash_.get();
}

std::string FileOutput::hash() {
    try {
        Sha256 sum;
        std::uint64_t end = 0;
        while (auto piece = written_.take()) {
            add_from(fd_, end, piece->at, sum);
            sum.update({piece->bytes.data(), piece->used});
            end = piece->at + piece->used;
            free_.put(std::move(piece->bytes));
        }
        return sum.hex();
    } catch (...) {
        written_.close();
        free_.close();
        throw;
    }
}

} // namespace selns::image
