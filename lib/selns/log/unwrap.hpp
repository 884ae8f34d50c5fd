#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace selns::log {

// A line without what people's tools put before it: blanks, a byte order mark, marks of mail and
// Markdown, `grep -H` and `-n`, `cat -n`, the time stamps of CI and of containers' logs. They tell
// from where a line was taken, and never who wrote it.
struct Unwrapped {
    std::string_view text;
    std::string_view stamp; // the last time stamp that was taken off
    // How far the line was indented. journalctl and dmesg do so with the second line of a message,
    // which is whoever's the first is.
    std::size_t indent = 0;
};

Unwrapped unwrap(std::string_view line);

// Whether clean() would change TEXT.
bool needs_cleaning(std::string_view text);
// TEXT without colours and other orders to a terminal, with plain blanks and quotes in place of
// what browsers and word processors make of them.
std::string clean(std::string_view text);

} // namespace selns::log
