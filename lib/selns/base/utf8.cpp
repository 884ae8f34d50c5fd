#include "selns/base/utf8.hpp"

#include <unistr.h>
#include <uniwidth.h>

namespace selns {

Character first_character(std::string_view text) {
    ucs4_t code = 0;
    const void* bytes = text.data();
    const int length = ::u8_mbtoucr(&code, static_cast<const std::uint8_t*>(bytes), text.size());
    if (length <= 0)
        return {};
    return {code, static_cast<std::size_t>(length)};
}

int columns_of(std::uint32_t code) {
    const int width = ::uc_width(code, "UTF-8");
    return width < 0 ? 1 : width;
}

} // namespace selns
