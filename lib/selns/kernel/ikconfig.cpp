#include "selns/kernel/ikconfig.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"

#include <algorithm>
#include <cstdint>

namespace selns::kernel {

namespace {

constexpr std::string_view begin_mark = "IKCFG_ST";
constexpr std::string_view end_mark = "IKCFG_ED";
constexpr std::size_t most_config = 1U << 20U; // compressed
constexpr std::size_t most_text = 16U << 20U;  // a configuration
constexpr std::size_t piece_size = 1U << 16U;
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
    std::string_view payload = image.substr(at, number(image, setup::payload_length, 4));
    // Behind all but gzip, whose format has it, Linux's build puts the size of what was compressed.
    if (!payload.starts_with("\x1f\x8b"))
        payload.remove_suffix(std::min<std::size_t>(payload.size(), 4));
    return payload;
}

// Looks for what lies between the marks in pieces of text, in time linear in their size.
class Search {
  public:
    // False when nothing more is wanted.
    bool feed(std::string_view piece) {
        window_.append(piece);
        for (;;) {
            const auto end = window_.find(end_mark, searched_);
            if (end == std::string::npos)
                break;
            if (take(std::string_view(window_).substr(start_, end - start_)))
                return false;
            start_ = searched_ = end + end_mark.size();
        }
        searched_ =
            std::max(start_, window_.size() - std::min(window_.size(), end_mark.size() - 1));
        forget();
        return true;
    }
    const std::optional<std::string>& config() const { return config_; }

  private:
    // BEFORE is what precedes an end mark. A program that looks for the marks has them, too, so
    // that what is between must look like the configuration: gzip.
    bool take(std::string_view before) {
        const auto begin = before.rfind(begin_mark);
        if (begin == std::string_view::npos)
            return false;
        const std::string_view between = before.substr(begin + begin_mark.size());
        if (between.size() > most_config || !between.starts_with("\x1f\x8b"))
            return false;
        config_ = between;
        return true;
    }

    void forget() {
        const std::size_t enough = most_config + begin_mark.size() + end_mark.size();
        if (window_.size() - start_ > 2 * enough)
            start_ = window_.size() - enough;
        window_.erase(0, start_);
        searched_ -= start_;
        start_ = 0;
    }

    std::string window_;
    std::size_t start_ = 0;    // what is before it is done with
    std::size_t searched_ = 0; // no end mark begins before it
    std::optional<std::string> config_;
};

std::optional<std::string> search(std::string_view bytes, bool compressed) {
    Search search;
    if (compressed)
        archive::decompress_prefix(bytes, most_unpacked,
                                   [&](std::string_view piece) { return search.feed(piece); });
    else
        while (!bytes.empty() && search.feed(bytes.substr(0, piece_size)))
            bytes.remove_prefix(std::min(bytes.size(), piece_size));
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
