#pragma once

#include "selns/cache/record.hpp"
#include "selns/kernel/recipe.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace selns::kernel {

// What a bundle's manifest.json says besides the hashes of its files.
struct Manifest {
    std::string version;  // uname -r
    std::string identity; // of the source, one line
    cache::Inputs source;
    cache::Inputs toolchain;
    std::uint64_t steps = 0; // of the compilation; 0: nothing was compiled
};

// Writes manifest.json of the bundle in DIRECTORY. The same inputs give the same bytes.
void write_manifest(const std::filesystem::path& directory, const Recipe& recipe,
                    const Manifest& manifest);

// The steps in the manifest of a bundle; 0 when it does not say.
std::uint64_t steps_in(const std::filesystem::path& directory);

} // namespace selns::kernel
