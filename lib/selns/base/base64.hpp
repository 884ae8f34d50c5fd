#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace selns {

// RFC 4648, section 4, padded, in one line.
std::string base64_encode(std::string_view data);
// White space is skipped; nothing when TEXT is no such encoding.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace selns
