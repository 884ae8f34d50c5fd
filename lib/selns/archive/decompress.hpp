#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace selns::archive {

// BYTES without their compression (whatever libarchive undoes by itself); as they are when they
// have none. More than LIMIT bytes, and damaged ones, are an invalid_input Error.
std::string decompress(std::string_view bytes, std::uint64_t limit);

} // namespace selns::archive
