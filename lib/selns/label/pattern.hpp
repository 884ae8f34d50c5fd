#pragma once

#include <string>
#include <string_view>

namespace selns::label {

// What the text of a specification says without running it as a regular expression.
struct Pattern {
    // How a path that starts with `prefix` goes on.
    enum class Tail {
        nothing,   // the path is the prefix
        anything,  // .*
        something, // .+
        subtree,   // (/.*)?
        regex,     // only the regular expression can tell
    };

    bool literal = false; // belongs to the group that beats every regular expression
    std::string prefix;   // every path that matches starts with it
    Tail tail = Tail::regex;
    // libselinux tries a specification with a stem only on paths of that first component, even
    // where its regular expression would match elsewhere. Empty: on every path.
    std::string_view stem; // into the text
};

Pattern analyse(std::string_view text);

// The first component of a path that has several ("/usr" of "/usr/bin"), else empty.
std::string_view stem_of_path(std::string_view path);

} // namespace selns::label
