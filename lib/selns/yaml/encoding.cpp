#include "selns/yaml/encoding.hpp"

#include <array>
#include <cstdint>

namespace selns::yaml {

namespace {

struct Form {
    unsigned char mask, lead;
    std::size_t length;
    std::uint32_t least; // anything less is an overlong form
};
constexpr std::array<Form, 4> forms{
    {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}}};

struct Decoded {
    std::uint32_t point = 0;
    std::size_t length = 0; // 0: not UTF-8
};

Decoded decode(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    for (const Form& form : forms) {
        if ((lead & form.mask) != form.lead)
            continue;
        if (text.size() < form.length)
            return {};
        auto point = static_cast<std::uint32_t>(lead & static_cast<unsigned char>(~form.mask));
        for (const char next : text.substr(1, form.length - 1)) {
            const auto byte = static_cast<unsigned char>(next);
            if ((byte & 0xc0U) != 0x80)
                return {};
            point = point << 6U | (byte & 0x3fU);
        }
        const bool surrogate = point >= 0xd800 && point < 0xe000;
        if (point < form.least || point > 0x10ffff || surrogate)
            return {};
        return {point, form.length};
    }
    return {};
}

bool is_control(std::uint32_t point) {
    if (point == '\t' || point == '\n' || point == '\r' || point == 0x85)
        return false;
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

} // namespace

std::optional<BadByte> find_bad_byte(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size()) {
        const auto [point, length] = decode(text.substr(offset));
        if (length == 0)
            return BadByte{offset, "a byte that is not UTF-8"};
        if (is_control(point))
            return BadByte{offset, point == 0 ? "a NUL byte" : "a control character"};
        offset += length;
    }
    return std::nullopt;
}

} // namespace selns::yaml
