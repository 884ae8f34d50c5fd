#include "selns/yaml/encoding.hpp"

#include "selns/base/utf8.hpp"

#include <cstdint>

namespace selns::yaml {

namespace {

bool is_control(std::uint32_t point) {
    if (point == '\t' || point == '\n' || point == '\r' || point == 0x85)
        return false;
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

} // namespace

std::optional<BadByte> find_bad_byte(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size()) {
        const auto [point, length] = first_character(text.substr(offset));
        if (length == 0)
            return BadByte{offset, "a byte that is not UTF-8"};
        if (is_control(point))
            return BadByte{offset, point == 0 ? "a NUL byte" : "a control character"};
        offset += length;
    }
    return std::nullopt;
}

} // namespace selns::yaml
