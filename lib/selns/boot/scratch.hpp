#pragma once

#include <filesystem>

namespace selns::boot {

// Copies FILE to TARGET, which must not exist: by reference where the file system can share
// blocks, else its data without the holes.
void copy_disk(const std::filesystem::path& file, const std::filesystem::path& target);

} // namespace selns::boot
