#pragma once

// The table of launch files, for the sources of this module only.

#include <span>
#include <string>
#include <string_view>

namespace selns::launch {

struct File {
    std::string_view kind; // a RenderedFile's
    std::string_view key;  // in "files" of launch.json; empty for launch.json itself
    std::string_view prefix;
    std::string_view suffix;
    const std::string_view* form; // a mustache template; null for launch.json itself
    bool machine;                 // only when there is all that a virtual machine needs

    std::string name(std::string_view recipe) const;
};

// A new one is a file in templates/ and a line here.
std::span<const File> files();

} // namespace selns::launch
