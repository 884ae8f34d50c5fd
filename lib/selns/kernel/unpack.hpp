#pragma once

#include "selns/archive/reader.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace selns::kernel {

// Where an entry goes, relative to the directory ("lib/modules/a.ko"); nothing: not wanted.
using Place = std::function<std::optional<std::string>(const std::string& path)>;

// Writes entries of ARCHIVE into DIRECTORY, which must be empty and this user's own. Files and
// directories get plain modes, this user and the present time; symlinks are made last, so that
// nothing is written through them. A path that leads out, an entry that is none of these and a
// path that is taken are an invalid_input Error. PLACE gets paths without "./".
void unpack(archive::Reader& archive, const std::filesystem::path& directory, const Place& place);

// PATH with neither a leading "./" nor a slash at its end.
std::string_view plain_path(std::string_view path);

} // namespace selns::kernel
