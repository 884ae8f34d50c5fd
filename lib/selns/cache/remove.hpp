#pragma once

#include <filesystem>
#include <functional>

namespace selns::cache {

// Removes a directory with all that is below it. Does not throw; what cannot be removed stays.
using Remover = std::function<void(const std::filesystem::path&)>;

// Both follow no link and enter no mount; how deep the second one reaches is bounded by the number
// of descriptors.

// For directories that a bootstrap may have filled: detaches what is mounted below (as root),
// stays on one file system, takes files of an ordinary user's subordinate ids along
// (through mmdebstrap's helper), and tries again while an orphaned program still writes there.
// Not interrupted by ^C.
void remove_bootstrapped(const std::filesystem::path& directory);

// For directories that hold files of this user only.
void remove_plain(const std::filesystem::path& directory);

} // namespace selns::cache
