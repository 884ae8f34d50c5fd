#pragma once

#include "selns/cache/store.hpp"

#include <filesystem>
#include <string>

namespace selns::query {

// The facts about a built image, as the JSON text of a manifest: packages, policy, labels, local
// rules, artifacts. From the manifest in an output directory (or of the manifest file itself), or,
// for a tar or ext4 image, from what is inside of it (then without inputs and artifacts).
// Anything else is an invalid_input Error. STORE: see read_image().
std::string describe(const std::filesystem::path& what, const cache::Store* store);

} // namespace selns::query
