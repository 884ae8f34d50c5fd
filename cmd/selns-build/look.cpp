#include "selns-build/look.hpp"

#include "selns/base/text.hpp"
#include "selns/base/utf8.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace selns::cmd {

namespace {

std::string_view value_of(const Environment& environment, const char* name) {
    const char* value = environment(name);
    return value != nullptr ? value : "";
}

// The locale is the C locale throughout (see main), so the variables are read directly.
bool says_utf8(const Environment& environment) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view value = value_of(environment, name);
        if (value.empty())
            continue;
        for (const char* end : {"UTF-8", "utf-8", "UTF8", "utf8"})
            if (value.find(end) != std::string_view::npos)
                return true;
        return false;
    }
    return false;
}

// The first one; broken UTF-8 counts byte by byte.
Character first_of(std::string_view text) {
    const Character first = first_character(text);
    return first.bytes > 0 ? first : Character{' ', 1};
}

} // namespace

bool is_capable_terminal(int fd, const Environment& environment) {
    const std::string_view term = value_of(environment, "TERM");
    return ::isatty(fd) == 1 && !term.empty() && term != "dumb";
}

int terminal_width(int fd) {
    winsize size = {};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

Look look_of(int fd, const Environment& environment) {
    Look look;
    look.colour = is_capable_terminal(fd, environment) && value_of(environment, "NO_COLOR").empty();
    look.terminal = ::isatty(fd) == 1;
    look.unicode = look.terminal && says_utf8(environment);
    // Beyond this, the right end of a line is too far from its start to be read with it.
    look.width = std::clamp(terminal_width(fd), 40, 100);
    return look;
}

std::string paint(const Look& look, Tone tone, std::string_view text) {
    if (!look.colour || text.empty())
        return std::string(text);
    constexpr std::array codes{"1", "2", "31", "32", "33", "1;31"};
    return std::string("\x1b[") + codes.at(static_cast<std::size_t>(tone)) + "m" +
           std::string(text) + "\x1b[0m";
}

std::string on_screen(std::string_view text) {
    const std::string safe = printable(text);
    std::string shown;
    for (std::size_t i = 0; i < safe.size(); ++i) {
        shown += safe[i];
        if (safe[i] == '\\' && i + 1 < safe.size() && safe[i + 1] == '\\')
            ++i;
    }
    return shown;
}

std::vector<std::string> screen_lines(std::string_view text) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(text, '\n'))
        lines.push_back(on_screen(line));
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    return lines;
}

int columns(std::string_view text) {
    int total = 0;
    while (!text.empty()) {
        const Character next = first_of(text);
        total += columns_of(next.code);
        text.remove_prefix(next.bytes);
    }
    return total;
}

std::string fit(std::string_view text, int width, const Look& look) {
    if (columns(text) <= width)
        return std::string(text);
    const std::string_view sign = look.unicode ? "…" : "...";
    const int room = width - columns(sign);
    if (room < 0)
        return {};
    int taken = 0;
    std::size_t end = 0;
    for (;;) {
        const Character next = first_of(text.substr(end));
        taken += columns_of(next.code);
        if (taken > room)
            break;
        end += next.bytes;
    }
    return std::string(text.substr(0, end)) + std::string(sign);
}

std::string pad(std::string_view text, int width) {
    const int missing = std::max(0, width - columns(text));
    return std::string(text) + std::string(static_cast<std::size_t>(missing), ' ');
}

std::string pad_left(std::string_view text, int width) {
    const int missing = std::max(0, width - columns(text));
    return std::string(static_cast<std::size_t>(missing), ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, int width) {
    std::vector<std::string> lines;
    for (const std::string_view word : split_words(text)) {
        if (lines.empty() || columns(lines.back()) + 1 + columns(word) > width)
            lines.emplace_back(word);
        else
            lines.back().append(" ").append(word);
    }
    return lines;
}

} // namespace selns::cmd
