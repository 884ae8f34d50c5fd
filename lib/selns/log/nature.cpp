#include "selns/log/nature.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"
#include "selns/log/unwrap.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::log {

namespace {

// What text has none of; a NUL is one.
bool is_control(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t' &&
            c != '\f' && c != '\x1b' && c != '\x1d' && c != '\x1e') ||
           c == '\x7f';
}

bool looks_like_log_line(std::string_view line) {
    const std::string cleaned = needs_cleaning(line) ? clean(line) : std::string();
    constexpr std::size_t enough = 1000;
    const std::string_view text = unwrap(cleaned.empty() ? line : cleaned).text.substr(0, enough);
    if (text.empty() || std::ranges::any_of(text, is_control))
        return false;
    constexpr std::array<std::string_view, 4> begins = {"{\"", "[{\"",
                                                        "__CURSOR=", "__REALTIME_TIMESTAMP="};
    if (begins_message(text) ||
        std::ranges::any_of(begins, [&](std::string_view word) { return text.starts_with(word); }))
        return true;
    return find_origin(text).framed || text.starts_with("kernel: ") || text.starts_with("-- ") ||
           !behind_console_text(text).empty();
}

void append_utf8(std::string& text, unsigned character) {
    const auto add = [&text](unsigned byte) { text += static_cast<char>(byte); };
    if (character < 0x80) {
        add(character);
    } else if (character < 0x800) {
        add(0xc0 | character >> 6U);
        add(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        add(0xe0 | character >> 12U);
        add(0x80 | (character >> 6U & 0x3f));
        add(0x80 | (character & 0x3f));
    } else {
        add(0xf0 | character >> 18U);
        add(0x80 | (character >> 12U & 0x3f));
        add(0x80 | (character >> 6U & 0x3f));
        add(0x80 | (character & 0x3f));
    }
}

// Whether every second of TEXT's first bytes, from FIRST on, is zero, and no other.
bool alternates(std::string_view text, std::size_t first) {
    constexpr std::size_t enough = 8;
    if (text.size() < enough)
        return false;
    for (std::size_t i = 0; i < enough; ++i)
        if ((text[i] == '\0') != (i % 2 == first))
            return false;
    return true;
}

} // namespace

Nature nature_of(std::string_view sample) {
    constexpr std::size_t most_controls = 50; // one in so many bytes
    if (sample.empty())
        return Nature::empty;
    for (std::string_view rest = sample; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (looks_like_log_line(rest.substr(0, end)))
            return Nature::log;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto controls = static_cast<std::size_t>(std::ranges::count_if(sample, is_control));
    return controls > sample.size() / most_controls ? Nature::binary : Nature::other_text;
}

std::string_view known_format(std::string_view begin) {
    struct Format {
        std::size_t at;
        std::string_view mark;
        std::string_view name;
    };
    static constexpr std::array<Format, 10> formats = {{
        {257, "ustar", "a tar archive"},
        {0, "PK\x03\x04", "a zip archive"},
        {0, "LPKSHHRH",
         "a journal's own file; `journalctl --file=FILE -o json` shows what is in it"},
        {0, "070701", "a cpio archive"},
        {0,
         "\x7f"
         "ELF",
         "a program"},
        {0, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
        {0, "%PDF-", "a PDF document"},
        {0, "\x89PNG", "a picture"},
        {0, "SQLite format 3", "a database"},
        {0, "\x8c\xff\x7c\xf9", "a kernel policy"},
    }};
    const auto* found = std::ranges::find_if(formats, [&](const Format& format) {
        return begin.size() > format.at && begin.substr(format.at).starts_with(format.mark);
    });
    return found == formats.end() ? std::string_view() : found->name;
}

void TextInlet::filled(std::size_t size) {
    const std::string_view bytes(inlet_.room().data(), size);
    if (encoding_ == Encoding::unknown)
        begin(bytes);
    if (encoding_ != Encoding::bytes)
        return decode(bytes);
    keep(bytes);
    inlet_.filled(size);
}

void TextInlet::begin(std::string_view bytes) {
    if (const std::string_view format = known_format(bytes); !format.empty())
        throw Error(ErrorKind::invalid_input, "this is no log, it is " + std::string(format))
            .at({printable(name_)})
            .hint("give the logs themselves, unpacked; gzip, xz, zstd and bzip2 are read");
    encoding_ = bytes.starts_with("\xff\xfe") || alternates(bytes, 1)   ? Encoding::little_endian
                : bytes.starts_with("\xfe\xff") || alternates(bytes, 0) ? Encoding::big_endian
                                                                        : Encoding::bytes;
}

void TextInlet::decode(std::string_view bytes) {
    const std::string whole = std::exchange(odd_, {}).append(bytes);
    const std::size_t low = encoding_ == Encoding::little_endian ? 0 : 1;
    std::string text;
    text.reserve(whole.size() / 2);
    std::size_t at = 0;
    for (; at + 1 < whole.size(); at += 2)
        add_unit(static_cast<unsigned char>(whole[at + low]) |
                     static_cast<unsigned>(static_cast<unsigned char>(whole[at + 1 - low])) << 8U,
                 text);
    odd_ = whole.substr(at);
    keep(text);
    inlet_.put(text);
}

void TextInlet::add_unit(unsigned unit, std::string& text) {
    constexpr unsigned replacement = 0xfffd;
    const bool first = unit >= 0xd800 && unit < 0xdc00;
    const bool second = unit >= 0xdc00 && unit < 0xe000;
    const unsigned before = std::exchange(surrogate_, first ? unit : 0);
    if (second && before != 0)
        append_utf8(text, 0x10000 + ((before - 0xd800) << 10U) + (unit - 0xdc00));
    else if (second || before != 0)
        append_utf8(text, replacement);
    if (!first && !second)
        append_utf8(text, unit);
}

void TextInlet::keep(std::string_view text) {
    if (sample_.size() < sample_size)
        sample_.append(text.substr(0, sample_size - sample_.size()));
}

} // namespace selns::log
