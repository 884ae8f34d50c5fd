#pragma once

#include "selns/kernel/configure.hpp"
#include "selns/kernel/manifest.hpp"

namespace selns::kernel {

// How a compilation is done.
struct CompileOptions {
    std::filesystem::path log; // make's output
    std::uint64_t steps = 0;   // those of the last one, for progress; 0: not known
    unsigned jobs = 1;
};

// The stamp of a kernel built at EPOCH, or of one that does not say.
std::string build_stamp(std::optional<std::int64_t> epoch);

// Compiles the kernel of RECIPE into the bundle in DIRECTORY (all but its manifest), in a directory
// WORK below which there is nothing yet. Fills in what MANIFEST does not know.
void compile(const Recipe& recipe, const Config& wanted, const Origin& origin,
             const std::filesystem::path& directory, const std::filesystem::path& work,
             const CompileOptions& options, Manifest& manifest, const Context& context);

// Unpacks the kernel package DEB into the bundle in DIRECTORY and lists its modules' dependencies.
// Nothing of the package is executed.
void unpack_packaged(const std::filesystem::path& deb, const std::filesystem::path& directory,
                     const std::filesystem::path& work, Manifest& manifest, const Context& context);

} // namespace selns::kernel
