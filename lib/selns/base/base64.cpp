#include "selns/base/base64.hpp"

#include <nettle/base64.h>

#include <cstdint>

namespace selns {

std::string base64_encode(std::string_view data) {
    std::string result(BASE64_ENCODE_RAW_LENGTH(data.size()), '\0');
    ::base64_encode_raw(result.data(), data.size(),
                        reinterpret_cast<const std::uint8_t*>(data.data()));
    return result;
}

std::optional<std::string> base64_decode(std::string_view text) {
    base64_decode_ctx context = {};
    ::base64_decode_init(&context);
    std::string result(BASE64_DECODE_LENGTH(text.size()), '\0');
    std::size_t size = result.size();
    auto* const bytes = reinterpret_cast<std::uint8_t*>(result.data());
    if (::base64_decode_update(&context, &size, bytes, text.size(), text.data()) != 1 ||
        ::base64_decode_final(&context) != 1)
        return std::nullopt;
    result.resize(size);
    return result;
}

} // namespace selns
