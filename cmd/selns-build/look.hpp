#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::cmd {

// What the place that text goes to can show.
struct Look {
    bool terminal = false; // elsewhere, lines are for programs such as grep: none is cut
    bool colour = false;
    bool unicode = false; // characters beyond ASCII
    int width = 80;       // columns
};

// The value of an environment variable; null when it is not set.
using Environment = std::function<const char*(const char* name)>;

// Colour only for a terminal that takes it, and never with NO_COLOR.
Look look_of(int fd, const Environment& environment);
// A terminal on which lines can be redrawn.
bool is_capable_terminal(int fd, const Environment& environment);
// The terminal's columns now; 80 when it does not say.
int terminal_width(int fd);

enum class Tone { bold, dim, red, green, yellow, red_bold };
std::string paint(const Look& look, Tone tone, std::string_view text);

// TEXT without control characters and broken UTF-8, as printable() does it, but with backslashes
// as they are: for eyes, also of what went through printable() before.
std::string on_screen(std::string_view text);
// The same for each line by itself.
std::vector<std::string> screen_lines(std::string_view text);

// Columns that TEXT takes: UTF-8 without control characters and escape sequences.
int columns(std::string_view text);
// TEXT cut to at most WIDTH columns, with a sign that it was cut.
std::string fit(std::string_view text, int width, const Look& look);
// TEXT followed by blanks up to WIDTH columns.
std::string pad(std::string_view text, int width);
// TEXT preceded by blanks up to WIDTH columns.
std::string pad_left(std::string_view text, int width);
// TEXT broken at blanks into lines of at most WIDTH columns; a longer word stays whole.
std::vector<std::string> wrap(std::string_view text, int width);

} // namespace selns::cmd
