#include "selns/kernel/ikconfig.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"

#include <cstdint>

namespace selns::kernel {

namespace {

constexpr std::string_view begin_mark = "IKCFG_ST";
constexpr std::string_view end_mark = "IKCFG_ED";
constexpr std::size_t most_config = 1U << 20U;       // compressed
constexpr std::size_t most_text = 16U << 20U;        // a configuration
constexpr std::uint64_t most_unpacked = 1ULL << 30U; // an image

// Little-endian, as the setup header is. 0 beyond the end.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    if (at + size > bytes.size())
        return 0;
    for (std::size_t i = size; i-- > 0;)
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// Linux's Documentation/arch/x86/boot.rst.
namespace setup {
constexpr std::size_t sectors = 0x1f1;
constexpr std::size_t magic = 0x202; // "HdrS"
constexpr std::size_t version = 0x206;
constexpr std::size_t kernel_version = 0x20e;
constexpr std::size_t payload_offset = 0x248;
constexpr std::size_t payload_length = 0x24c;
constexpr std::uint32_t with_payload = 0x208;
} // namespace setup

bool is_bzimage(std::string_view image) {
    return image.size() > setup::payload_length + 4 && image.substr(setup::magic, 4) == "HdrS";
}

std::string_view payload_of(std::string_view image) {
    if (number(image, setup::version, 2) < setup::with_payload)
        return {};
    std::uint64_t sectors = number(image, setup::sectors, 1);
    if (sectors == 0)
        sectors = 4;
    const std::uint64_t at = (sectors + 1) * 512 + number(image, setup::payload_offset, 4);
    if (at >= image.size())
        return {};
    return image.substr(at, number(image, setup::payload_length, 4));
}

// Looks for what lies between the marks in pieces of text.
class Search {
  public:
    // False when nothing more is wanted.
    bool feed(std::string_view piece) {
        window_.append(piece);
        for (;;) {
            if (!found_)
                find_begin();
            if (!found_)
                return true;
            const auto end = window_.find(end_mark, searched_);
            if (end != std::string::npos && end <= most_config) {
                config_ = window_.substr(0, end);
                return false;
            }
            if (window_.size() <= most_config)
                return remember();
            // A mark in a text, such as that of a program which looks for it.
            found_ = false;
            searched_ = 0;
        }
    }
    const std::optional<std::string>& config() const { return config_; }

  private:
    void find_begin() {
        const auto begin = window_.find(begin_mark);
        if (begin == std::string::npos) {
            const std::size_t keep = std::min(window_.size(), begin_mark.size() - 1);
            window_.erase(0, window_.size() - keep);
            return;
        }
        window_.erase(0, begin + begin_mark.size());
        found_ = true;
        searched_ = 0;
    }
    // So that each byte is looked at once.
    bool remember() {
        searched_ = window_.size() - std::min(window_.size(), end_mark.size() - 1);
        return true;
    }

    std::string window_;
    std::size_t searched_ = 0;
    bool found_ = false;
    std::optional<std::string> config_;
};

std::optional<std::string> search(std::string_view bytes, bool compressed) {
    Search search;
    if (compressed)
        archive::decompress_prefix(bytes, most_unpacked,
                                   [&](std::string_view piece) { return search.feed(piece); });
    else
        search.feed(bytes);
    if (!search.config())
        return std::nullopt;
    try {
        return archive::decompress(*search.config(), most_text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

KernelFile kind_of(std::string_view bytes) {
    if (is_bzimage(bytes) ||
        bytes.starts_with("\x7f"
                          "ELF") ||
        bytes.starts_with("MZ"))
        return KernelFile::image;
    std::string head;
    archive::decompress_prefix(bytes, 4096, [&](std::string_view piece) {
        head.append(piece.substr(0, 4096));
        return head.size() < 4096;
    });
    return head.find('\0') == std::string::npos ? KernelFile::config : KernelFile::image;
}

std::optional<std::string> embedded_config(std::string_view image) {
    if (is_bzimage(image))
        return search(payload_of(image), true);
    if (auto plain = search(image, false))
        return plain;
    return search(image, true);
}

std::optional<std::string> embedded_release(std::string_view image) {
    if (!is_bzimage(image))
        return std::nullopt;
    const std::uint32_t offset = number(image, setup::kernel_version, 2);
    if (offset == 0 || offset + 0x200U >= image.size())
        return std::nullopt;
    constexpr std::size_t most = 128;
    const std::string_view text = image.substr(offset + 0x200U, most);
    const auto end = text.find_first_of(std::string_view(" \0", 2));
    if (end == 0 || end == std::string_view::npos)
        return std::nullopt;
    return std::string(text.substr(0, end));
}

} // namespace selns::kernel
