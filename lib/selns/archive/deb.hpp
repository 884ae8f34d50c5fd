#pragma once

#include "selns/base/file.hpp"

#include <filesystem>
#include <string>

namespace selns::archive {

// The files of a Debian package (deb(5), an ar archive with data.tar in some compression), for
// Reader: copied into a temporary file without a name in DIRECTORY. NAME is the package's, for
// messages; what is no package is an invalid_input Error.
Fd deb_content(Fd deb, const std::string& name, const std::filesystem::path& directory);

// A new file in DIRECTORY that is gone when it is closed, for reading and writing.
Fd unnamed_file(const std::filesystem::path& directory);

} // namespace selns::archive
