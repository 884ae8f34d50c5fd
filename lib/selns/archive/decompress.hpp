#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Whatever compression libarchive undoes by itself, undone in a sandbox: no program is run. What
// has none comes out as it is.
namespace selns::archive {

// Whether BYTES, of which something begins, can be compressed data: one look, with no library.
bool may_be_compressed(std::string_view bytes);

// BEGIN, and then what FD gives from its position on.
struct Compressed {
    std::string_view begin;
    int fd = -1; // none
};
using Sink = std::function<void(std::string_view)>;

// Hands INPUT's content to SINK, in pieces of any size. Returns why it ended early when the data is
// damaged or cut off, else nothing. What SINK throws comes out of it.
std::string decompress(const Compressed& input, const Sink& sink);

// The same in memory. More than LIMIT bytes, and damaged ones, are an invalid_input Error.
std::string decompress(std::string_view bytes, std::uint64_t limit);
// The same of many, in one sandbox, one after the other, until VISIT returns false: the text of the
// one at PLACE, empty when that is damaged.
void decompress_each(const std::vector<std::string>& many, std::uint64_t limit,
                     const std::function<bool(std::size_t place, const std::string& text)>& visit);

// Hands the same to PIECE, as far as it can be undone (what follows the compressed data is no part
// of it and need not make sense), until PIECE returns false or LIMIT is reached.
void decompress_prefix(std::string_view bytes, std::uint64_t limit,
                       const std::function<bool(std::string_view)>& piece);

} // namespace selns::archive
