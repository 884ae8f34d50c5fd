#pragma once

#include "selns/base/interrupt.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace selns::log {

using Piece = std::function<void(std::string_view bytes)>;

// Takes the bytes of a stream.
class Inlet {
  public:
    virtual ~Inlet() = default;
    // Where the next bytes go; not empty, and the same until filled() is called.
    virtual std::span<char> room() = 0;
    virtual void filled(std::size_t size) = 0; // the first SIZE of room()
    // The same by copying.
    void put(std::string_view bytes);
};

// What a compressed log may become: some, or so many times its size, and never more than most.
// Honest ones are 10 to 60 times as large; what repeats a line for ever a thousand times.
struct LogLimits {
    std::uint64_t some = std::uint64_t{1} << 30U;
    std::uint64_t ratio = 200;
    std::uint64_t most = std::uint64_t{64} << 30U;
};

// Reads FILE ("-": standard input) into INLET, decompressed when it is gzip, xz, zstd or bzip2.
// Returns why the content ended early when compressed data is damaged or cut off, else nothing; a
// file that cannot be opened or read, is neither a file nor a pipe, or is beyond LIMITS, is an
// Error.
std::string read_log(const std::filesystem::path& file, Inlet& inlet, const Interrupt& interrupt,
                     const LogLimits& limits = {});

} // namespace selns::log
