#include "selns/bootstrap/openpgp.hpp"

#include "selns/base/base64.hpp"
#include "selns/base/text.hpp"

#include <array>
#include <cstdint>

namespace selns::bootstrap {

namespace {

constexpr std::string_view begin_line = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view end_line = "-----END PGP PUBLIC KEY BLOCK-----";
constexpr std::size_t line_length = 64;

// RFC 4880, section 6.1
std::uint32_t crc24(std::string_view data) {
    std::uint32_t crc = 0xb704ce;
    for (const char c : data) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16U;
        for (int bit = 0; bit < 8; ++bit) {
            crc <<= 1U;
            if ((crc & 0x1000000U) != 0)
                crc ^= 0x1864cfbU;
        }
    }
    return crc & 0xffffffU;
}

// The bytes of all blocks of an armored file.
std::optional<std::string> dearmored(std::string_view text) {
    enum class Where { outside, headers, body } where = Where::outside;
    std::string bytes;
    std::string body;
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (where == Where::outside && line == begin_line) {
            where = Where::headers;
        } else if (where == Where::headers && line.find(':') == line.npos) {
            where = Where::body;
            body = line; // an empty line, or an armor without any header
        } else if (where == Where::body && line == end_line) {
            const auto block = base64_decode(body);
            if (!block)
                return std::nullopt;
            bytes += *block;
            where = Where::outside;
        } else if (where == Where::body && !line.starts_with('=')) {
            body += line;
        }
    }
    return where == Where::outside ? std::optional(bytes) : std::nullopt;
}

// The first packet's tag, RFC 4880, section 4.2: 6 is a public key.
bool starts_with_public_key(std::string_view data) {
    if (data.size() < 3)
        return false;
    const auto first = static_cast<unsigned char>(data[0]);
    const bool new_format = (first & 0x40U) != 0;
    const unsigned tag = new_format ? first & 0x3fU : first >> 2U & 0x0fU;
    return (first & 0x80U) != 0 && tag == 6;
}

} // namespace

std::optional<std::string> armored_keys(std::string_view data) {
    std::string bytes(data);
    if (data.find(begin_line) != data.npos) {
        auto block = dearmored(data);
        if (!block)
            return std::nullopt;
        bytes = std::move(*block);
    }
    if (!starts_with_public_key(bytes))
        return std::nullopt;

    std::string result = std::string(begin_line) + "\n\n";
    const std::string body = base64_encode(bytes);
    for (std::size_t i = 0; i < body.size(); i += line_length)
        result += body.substr(i, line_length) + "\n";
    const std::uint32_t crc = crc24(bytes);
    const std::array<char, 3> sum = {static_cast<char>(crc >> 16U & 0xffU),
                                     static_cast<char>(crc >> 8U & 0xffU),
                                     static_cast<char>(crc & 0xffU)};
    result += "=" + base64_encode({sum.data(), sum.size()}) + "\n" + std::string(end_line) + "\n";
    return result;
}

} // namespace selns::bootstrap
