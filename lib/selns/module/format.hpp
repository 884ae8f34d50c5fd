#pragma once

#include <filesystem>
#include <string_view>

namespace selns::module {

// What a local module is written in: CIL, or the language of checkmodule.
enum class Format { cil, te };

// By the name's ending: ".te", and everything else is CIL.
Format format_of(const std::filesystem::path& file);

// What begins a comment, which the end of the line ends.
char comment_mark(Format format);

} // namespace selns::module
