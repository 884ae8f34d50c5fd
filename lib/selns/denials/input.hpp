#pragma once

#include "selns/base/interrupt.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace selns::denials {

using Piece = std::function<void(std::string_view bytes)>;

// Hands the content of FILE ("-": standard input) to PIECE, decompressed when it is gzip, xz, zstd
// or bzip2, in pieces of no set size. Returns why the content ended early when compressed data is
// damaged or cut off, else nothing; a file that cannot be opened or read is an Error.
std::string read_pieces(const std::filesystem::path& file, const Piece& piece,
                        const Interrupt& interrupt);

} // namespace selns::denials
