#include "selns/module/provenance.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace selns::module {

namespace {

constexpr std::size_t prefix_size = 2; // of "; "
constexpr std::size_t line_size = 256;
constexpr std::string_view separator = "; ";
constexpr std::string_view time_label = "first seen ";
constexpr std::string_view program_label = "by ";
constexpr std::string_view object_label = "on ";
constexpr std::string_view unseen_label = "not seen: ";

// Well formed UTF-8 that cannot be seen, or that reorders what can: a reviewer would be misled.
// TEXT begins with a character beyond ASCII.
std::size_t invisible_length(std::string_view text) {
    const std::string_view three = text.substr(0, 3);
    const bool spaces = three >= "\xe2\x80\x8b" && three <= "\xe2\x80\x8f";
    const bool lines = three >= "\xe2\x80\xa8" && three <= "\xe2\x80\xae";
    const bool joiners = three >= "\xe2\x81\xa0" && three <= "\xe2\x81\xaf";
    if (spaces || lines || joiners || three == "\xef\xbb\xbf")
        return 3;
    const std::string_view tag = text.substr(0, 3);
    return tag == "\xf3\xa0\x80" || tag == "\xf3\xa0\x81" ? 4 : 0;
}

bool is_plain(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void append_quoted(std::string& text, const std::string& name) {
    text += '"';
    const bool plain = std::ranges::all_of(name, is_plain);
    const std::string safe = plain ? std::string() : printable(name);
    if (plain)
        text += name;
    for (std::size_t at = 0; at < safe.size(); ++at) {
        const std::size_t hidden = invisible_length(std::string_view(safe).substr(at));
        for (std::size_t i = 0; i < hidden; ++i)
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(safe[at + i]));
        if (hidden > 0) {
            at += hidden - 1;
            continue;
        }
        if (safe[at] == '"')
            text += '\\';
        text += safe[at];
    }
    text += '"';
}

void append_number(std::string& text, int value, int digits, char end) {
    const std::size_t begin = text.size();
    text.append(static_cast<std::size_t>(digits), '0') += end;
    for (int place = digits; place > 0 && value > 0; --place, value /= 10)
        text[begin + static_cast<std::size_t>(place) - 1] = static_cast<char>('0' + value % 10);
}

// What utc_time() gives, several times faster: modules have thousands of these.
void append_time(std::string& text, std::int64_t seconds) {
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss clock(time - midnight);
    append_number(text, static_cast<int>(date.year()), 4, '-');
    append_number(text, static_cast<int>(static_cast<unsigned>(date.month())), 2, '-');
    append_number(text, static_cast<int>(static_cast<unsigned>(date.day())), 2, 'T');
    append_number(text, static_cast<int>(clock.hours().count()), 2, ':');
    append_number(text, static_cast<int>(clock.minutes().count()), 2, ':');
    append_number(text, static_cast<int>(clock.seconds().count()), 2, 'Z');
}

void append_list(std::string& text, std::string_view label, const std::vector<std::string>& names) {
    if (names.empty())
        return;
    text.append(text.size() > prefix_size ? separator : "").append(label);
    bool first = true;
    for (const std::string& name : names) {
        text += first ? "" : ", ";
        append_quoted(text, name);
        first = false;
    }
}

// Takes LITERAL off the front of TEXT.
bool skip(std::string_view& text, std::string_view literal) {
    if (!text.starts_with(literal))
        return false;
    text.remove_prefix(literal.size());
    return true;
}

std::optional<int> digit(char c, int base) {
    const std::string_view digits = "0123456789abcdef";
    const std::size_t value = digits.find(c);
    if (value >= static_cast<std::size_t>(base))
        return {};
    return static_cast<int>(value);
}

std::optional<char> parse_escape(std::string_view& text) {
    if (skip(text, "\\"))
        return '\\';
    if (skip(text, "\""))
        return '"';
    if (text.size() < 3 || text[0] != 'x')
        return {};
    const auto high = digit(text[1], 16);
    const auto low = digit(text[2], 16);
    if (!high || !low)
        return {};
    text.remove_prefix(3);
    return static_cast<char>(*high * 16 + *low);
}

std::optional<std::string> parse_name(std::string_view& text) {
    if (!skip(text, "\""))
        return {};
    std::string name;
    while (!text.empty() && !skip(text, "\"")) {
        const auto special =
            std::ranges::find_if(text, [](char c) { return c == '"' || c == '\\'; });
        const auto plain = static_cast<std::size_t>(special - text.begin());
        name.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (plain > 0)
            continue;
        const char c = text.front();
        text.remove_prefix(1);
        const std::optional<char> byte = c == '\\' ? parse_escape(text) : c;
        if (!byte)
            return {};
        name += *byte;
    }
    return name;
}

bool parse_names(std::string_view& text, std::vector<std::string>& names) {
    do {
        auto name = parse_name(text);
        if (!name)
            return false;
        names.push_back(std::move(*name));
    } while (skip(text, ", "));
    return std::ranges::adjacent_find(names, std::ranges::greater_equal()) == names.end();
}

std::optional<int> parse_digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        const auto next = digit(c, 10);
        if (!next)
            return {};
        value = value * 10 + *next;
    }
    return value;
}

// "2026-11-21T12:33:01Z"; what is no such date becomes another one, which is found out later.
std::optional<std::int64_t> parse_time(std::string_view& text) {
    constexpr std::string_view pattern = "0000-00-00T00:00:00Z";
    if (text.size() < pattern.size())
        return {};
    const auto number = [&](std::size_t at, std::size_t length) {
        return parse_digits(text.substr(at, length));
    };
    const auto year = number(0, 4);
    const auto month = number(5, 2);
    const auto day = number(8, 2);
    const auto hour = number(11, 2);
    const auto minute = number(14, 2);
    const auto second = number(17, 2);
    if (!year || !month || !day || !hour || !minute || !second || *month < 1 || *month > 12)
        return {};
    using namespace std::chrono;
    const auto midnight =
        sys_days(std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month)) / 1) +
        days(*day - 1);
    const auto time = midnight + hours(*hour) + minutes(*minute) + seconds(*second);
    text.remove_prefix(pattern.size());
    return duration_cast<seconds>(time.time_since_epoch()).count();
}

bool parse_parts(std::string_view text, log::Seen& seen) {
    bool more = true;
    if (skip(text, time_label)) {
        seen.first = parse_time(text);
        if (!seen.first)
            return false;
        more = skip(text, separator);
    }
    if (more && skip(text, program_label)) {
        if (!parse_names(text, seen.programs))
            return false;
        more = skip(text, separator);
    }
    if (more && skip(text, object_label))
        return parse_names(text, seen.objects) && text.empty();
    return text.empty();
}

bool within_bounds(const log::Seen& seen) {
    return seen.programs.size() <= log::Seen::most && seen.objects.size() <= log::Seen::most &&
           (!seen.first || log::Seen::is_time(*seen.first));
}

} // namespace

std::string provenance_line(const log::Seen& seen, Format format) {
    std::string text{comment_mark(format), ' '};
    text.reserve(line_size);
    if (seen.first)
        append_time(text.append(time_label), *seen.first);
    append_list(text, program_label, seen.programs);
    append_list(text, object_label, seen.objects);
    return text.size() > prefix_size ? text : std::string();
}

std::optional<log::Seen> parse_provenance(std::string_view line, Format format) {
    std::string_view text = line;
    log::Seen seen;
    if (!skip(text, std::string{comment_mark(format), ' '}) || !parse_parts(text, seen) ||
        !within_bounds(seen) || provenance_line(seen, format) != line)
        return {};
    return seen;
}

std::string unseen_line(const Permissions& permissions, Format format) {
    if (permissions.empty())
        return {};
    return std::string{comment_mark(format), ' '} + std::string(unseen_label) +
           join({permissions.begin(), permissions.end()}, " ");
}

std::optional<Permissions> parse_unseen(std::string_view line, Format format) {
    std::string_view text = line;
    if (!skip(text, std::string{comment_mark(format), ' '}) || !skip(text, unseen_label))
        return {};
    Permissions permissions;
    for (const std::string_view word : split_words(text))
        permissions.emplace(word);
    if (unseen_line(permissions, format) != line)
        return {};
    return permissions;
}

} // namespace selns::module
