#include "selns/log/fields.hpp"

#include "selns/log/scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace selns::log {

namespace {

enum Byte : std::uint8_t { ordinary, blank, equals };

constexpr std::array<Byte, 256> byte_table() {
    std::array<Byte, 256> table{};
    table[' '] = table['\t'] = table['\x1d'] = blank;
    table['='] = equals;
    return table;
}

constexpr std::array<Byte, 256> bytes = byte_table();

constexpr Byte kind_of(char c) {
    return bytes[static_cast<unsigned char>(c)];
}

// Where the first blank is, else the end.
std::size_t find_blank(std::string_view text) {
    // Eight bytes at a time as long as none is as low as blanks are: values are long.
    constexpr std::uint64_t ones = 0x0101010101010101U;
    std::size_t at = 0;
    for (; text.size() - at >= word_size; at += word_size) {
        const std::uint64_t value = word_at(text.data() + at);
        if (((value - ones * (' ' + 1)) & ~value & ones * 0x80) != 0)
            break;
    }
    while (at < text.size() && kind_of(text[at]) != blank)
        ++at;
    return at;
}

} // namespace

std::string_view skip_blanks(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && kind_of(text[at]) == blank)
        ++at;
    return text.substr(at);
}

bool Fields::next() {
    for (;;) {
        rest_ = skip_blanks(rest_);
        if (rest_.empty())
            return false;
        std::size_t at = 0;
        while (at < rest_.size() && kind_of(rest_[at]) == ordinary)
            ++at;
        const bool field = at < rest_.size() && rest_[at] == '=';
        key_ = rest_.substr(0, at);
        rest_ = rest_.substr(field ? at + 1 : at);
        if (field)
            return read_value();
    }
}

bool Fields::read_value() {
    std::size_t end = 0;
    if (const std::size_t last = end_of_command_line(); last > 0) {
        end = last;
    } else if (interpreted_) {
        end = end_of_interpreted();
    } else if (!rest_.empty() && rest_.front() == '"') {
        end = std::min(rest_.find('"', 1), rest_.size() - 1) + 1;
        bad_quote_ = !closes(end);
        if (bad_quote_)
            return false;
    } else {
        end = find_blank(rest_);
    }
    value_ = rest_.substr(0, end);
    rest_ = rest_.substr(end);
    return true;
}

// systemd writes the command line of whoever asks as it is, with any quotes, blanks and further
// "fields" in it; what is true stands behind it. 0 when the value at hand is none.
std::size_t Fields::end_of_command_line() const {
    constexpr std::string_view behind = " scontext=";
    if (key_ != "cmdline")
        return 0;
    const std::size_t end = rest_.rfind(behind);
    return end == std::string_view::npos ? 0 : end;
}

// Where the value ends that the text begins with: at the blanks before " KEY=", or at the end.
std::size_t Fields::end_of_interpreted() const {
    std::size_t end = 0;
    while (end < rest_.size()) {
        const std::size_t begin = rest_.size() - skip_blanks(rest_.substr(end)).size();
        std::size_t stop = begin;
        while (stop < rest_.size() && kind_of(rest_[stop]) == ordinary)
            ++stop;
        const bool next_field = begin > 0 && stop > begin && rest_.substr(stop).starts_with('=');
        if (begin == rest_.size() || next_field)
            break;
        while (stop < rest_.size() && kind_of(rest_[stop]) != blank)
            ++stop;
        end = stop;
    }
    return end;
}

// The closing quote of a user space record's message may follow.
bool Fields::closes(std::size_t end) const {
    return end >= 2 && rest_[end - 1] == '"' &&
           (end == rest_.size() || kind_of(rest_[end]) == blank || rest_[end] == '\'');
}

} // namespace selns::log
