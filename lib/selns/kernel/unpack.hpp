#pragma once

#include "selns/archive/reader.hpp"
#include "selns/tree/archive.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace selns::kernel {

// Where an entry goes, relative to the directory ("lib/modules/a.ko"); nothing: not wanted.
using Place = std::function<std::optional<std::string>(const std::string& path)>;

enum class Symlinks : std::uint8_t { kept, left_out };

// Writes entries of ARCHIVE into DIRECTORY, which must be empty and this user's own. Files and
// directories get plain modes, this user and the present time. Nothing is written through a
// symlink; whoever reads what was written follows them, unless they are left out. A path that leads
// out, an entry that is none of these, a path that is taken and what is beyond LIMITS are an
// invalid_input Error. PLACE gets paths without "./".
void unpack(archive::Reader& archive, const std::filesystem::path& directory, const Place& place,
            Symlinks symlinks, const tree::Limits& limits = tree::Limits::from_others());

// PATH with neither a leading "./" nor a slash at its end.
std::string_view plain_path(std::string_view path);

} // namespace selns::kernel
