#pragma once

#include "selns/base/channel.hpp"

#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <utility>

namespace selns::image {

// Writes a file from its beginning to its end in large pieces. When it is HASHED, a thread of its
// own takes the SHA-256 of these pieces meanwhile, so that they are not read again; what lies
// between them has to be in the file by then.
class FileOutput {
  public:
    // FD is the caller's, and readable when HASHED.
    FileOutput(int fd, bool hashed);
    ~FileOutput();
    FileOutput(const FileOutput&) = delete;
    FileOutput& operator=(const FileOutput&) = delete;

    // Room for at most SIZE bytes at byte AT, which is nowhere before: the place to put them, and
    // how many fit.
    std::pair<char*, std::size_t> reserve(std::uint64_t at, std::uint64_t size);
    void flush();
    // Of a file of SIZE bytes: its SHA-256, empty when it is not HASHED.
    std::string finish(std::uint64_t size);

  private:
    struct Piece {
        std::string bytes; // of which the first USED count
        std::size_t used = 0;
        std::uint64_t at = 0;
    };

    void hand_over();
    std::string hash();

    int fd_;
    Piece piece_;
    Channel<Piece> written_;
    Channel<std::string> free_; // buffers, to be filled again
    std::future<std::string> hash_;
};

} // namespace selns::image
