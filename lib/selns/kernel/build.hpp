#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <filesystem>
#include <optional>

namespace selns::kernel {

struct BuildOptions {
    std::filesystem::path output; // the bundle's directory; absent, empty, or a bundle
    // A source tree in the place of the recipe's.
    std::optional<std::filesystem::path> source;
    unsigned jobs = 0;    // 0: as many as there are processors
    bool refresh = false; // ask the package sources again
};

struct Built {
    Bundle bundle;       // in the output directory
    bool cached = false; // nothing had to be made
};

// Makes the kernel of RECIPE and leaves its bundle in the output directory, whole or not at all;
// what was there is replaced when it is a bundle. What was made is kept in the cache, so that the
// same source, patches, fragments and tools give it at once. Before anything is made: tools that
// are missing and a source that cannot be reached are tool_failed Errors.
//
// A compilation's output goes to OUTPUT.log; on a failure, the Error shows what tells.
Built build(const Recipe& recipe, const BuildOptions& options, const Context& context);

// Only configures the kernel, with all checks, from the part of the source that this takes, and
// leaves it in OUTPUT.config. A packaged kernel has nothing to configure: a usage Error.
std::filesystem::path build_config(const Recipe& recipe, const BuildOptions& options,
                                   const Context& context);

// The newest bundle of the kernel called NAME in the cache; nothing when it was not built.
std::optional<Bundle> find_bundle(const cache::Store& cache, const std::string& name);

// Copies BUNDLE to DIRECTORY, whole or not at all. Copies, not links: a file that is edited there
// must not change the cache. A DIRECTORY that holds anything but a bundle is an Error.
Bundle place_bundle(const Bundle& bundle, const std::filesystem::path& directory);

// What names BUNDLE: the hash of its manifest, which has those of all its files.
std::string identity_of(const Bundle& bundle);

} // namespace selns::kernel
