#pragma once

#include "selns/kernel/build.hpp"

namespace selns::kernel {

// Makes sure, before work is done, that place_bundle() may put a bundle at DIRECTORY: nothing is
// there, or an empty directory, or a bundle. Makes its parents.
void require_place(const std::filesystem::path& directory);

} // namespace selns::kernel
