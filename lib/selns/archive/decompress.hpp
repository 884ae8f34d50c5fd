#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace selns::archive {

// Whether BYTES, of which something begins, can be compressed data: one look, with no library.
bool may_be_compressed(std::string_view bytes);

// The next bytes, which stay until the next call; none at the end.
using Source = std::function<std::string_view()>;
using Sink = std::function<void(std::string_view)>;

// Hands what SOURCE gives to SINK without its compression (whatever libarchive undoes by itself),
// as it is when it has none, in pieces of any size; no program is run. Returns why it ended early
// when the data is damaged or cut off, else nothing. What SOURCE and SINK throw comes out of it.
std::string decompress(const Source& source, const Sink& sink);

// The same in memory. More than LIMIT bytes, and damaged ones, are an invalid_input Error.
std::string decompress(std::string_view bytes, std::uint64_t limit);

// Hands the same to PIECE, as far as it can be undone (what follows the compressed data is no part
// of it and need not make sense), until PIECE returns false or LIMIT is reached. Runs no program.
void decompress_prefix(std::string_view bytes, std::uint64_t limit,
                       const std::function<bool(std::string_view)>& piece);

} // namespace selns::archive
