#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selns::label {

// What the text of a specification says without running it as a regular expression.
struct Pattern {
    // How a path that starts with `prefix` goes on.
    enum class Tail : std::uint8_t {
        nothing,        // the path is the prefix
        anything,       // .*
        something,      // .+
        subtree,        // (/.*)?
        component,      // [^/]*
        some_component, // [^/]+
        regex,          // only the regular expression can tell
    };

    bool literal = false;    // belongs to the group that beats every regular expression
    bool check_stem = false; // the prefix does not imply the stem, see stem_of_text()
    Tail tail = Tail::regex;
    std::string prefix; // every path that matches starts with it
};

Pattern analyse(std::string_view text);

// Whether REST, what follows the prefix in a path, is what TAIL (not Tail::regex) stands for. As
// "$" does, it lets a newline follow at the end.
bool fits_tail(Pattern::Tail tail, std::string_view rest);

// The first component of a specification with several, when it has no metacharacters; else empty.
// libselinux tries such a specification only on paths of that stem, even where its regular
// expression would match elsewhere.
std::string_view stem_of_text(std::string_view text);
// The first component of a path that has several ("/usr" of "/usr/bin"), else empty.
std::string_view stem_of_path(std::string_view path);

// What REGEX begins with, up to its first metacharacter, even where that makes the last character
// optional. STORAGE may hold it.
std::string_view literal_start(std::string_view regex, std::string& storage);

// The one path that REGEX stands for, maybe with what is below it: "/root/.ssh" of
// "/root/\.ssh(/.*)?". Nothing when it stands for several.
std::optional<std::string> literal_path(std::string_view regex);

// A regular expression of a specification for TEXT itself.
std::string regex_of(std::string_view text);

// ASCII letters and digits: what a backslash does not make literal.
bool is_alphanumeric(char c);

} // namespace selns::label
