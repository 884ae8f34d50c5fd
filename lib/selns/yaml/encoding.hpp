#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace selns::yaml {

// Something in a text that YAML does not allow there.
struct BadByte {
    std::size_t offset;
    const char* what; // "a NUL byte", "a control character", "a byte that is not UTF-8"
};

// The first byte that is not part of a printable UTF-8 text. YAML forbids control characters, and
// yaml-cpp takes some for the end of the input.
std::optional<BadByte> find_bad_byte(std::string_view text);

} // namespace selns::yaml
