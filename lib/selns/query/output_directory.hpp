#pragma once

#include "selns/base/error.hpp"

#include <filesystem>
#include <vector>

namespace selns::query {

// The manifests in DIRECTORY; there are some in the output directory of a build.
std::vector<std::filesystem::path> manifests_in(const std::filesystem::path& directory);
// The images in DIRECTORY that belong to a manifest there.
std::vector<std::filesystem::path> images_in(const std::filesystem::path& directory);

// The Error for WHAT, which was expected to be a root file system and names no policy. Of the
// output directory of a build it says what to name instead.
Error no_policy_in(const std::filesystem::path& what);

} // namespace selns::query
