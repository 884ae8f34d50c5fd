#pragma once

#include "selns/bootstrap/apt_host.hpp"
#include "selns/bootstrap/changes.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/cache/record.hpp"
#include "selns/recipe/recipe.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace selns::bootstrap {

// One bootstrap with mmdebstrap as plain data; made without I/O.
struct AptRequest {
    std::string distribution; // its key in `from`
    std::string release;
    // What all recipes of the release begin with besides its essential packages: the policy, whose
    // installation takes most of the time. Not with repositories, which may have another.
    std::vector<std::string> base;
    std::vector<std::string> packages;      // all, sorted, each once
    std::map<std::string, Location> places; // where the recipe names each package
    std::vector<std::pair<std::string, Location>> repository_places; // by URI
    // Where the release comes from: one-line sources, or one deb822 source with the recipe's key;
    // neither: mmdebstrap's default, with these components.
    std::vector<std::string> sources;
    std::optional<std::string> keyed_source;
    std::vector<std::string> components;
    // The package with the distribution's keys, when they are neither here nor in the recipe.
    std::optional<std::string> missing_keyring;
    std::vector<std::string> repositories; // deb822 sources
    Changes changes;
    cache::Inputs source_inputs; // which packages there may be
    cache::Inputs base_inputs;   // what the base depends on
    cache::Inputs inputs;        // what the result does
};

// EPOCH: SOURCE_DATE_EPOCH. Whatever of the recipe could be taken for an option, for another line
// of a sources file or for several packages is an invalid_input Error.
AptRequest apt_request(const recipe::Recipe& recipe, const AptArchives& archives,
                       const AptHost& host, const Ingredients& ingredients,
                       std::optional<std::int64_t> epoch);

// The part of it that changes a root which exists already: packages, repositories, commands.
AptRequest change_request(const recipe::Recipe& recipe, const Ingredients& ingredients);

// What lies in the run directory RUN (see hooks.hpp), by name; APT_OPTIONS for apt.conf. Local
// packages, the overlay and the base are put there besides.
std::map<std::string, std::string> run_files(const AptRequest& request,
                                             const std::filesystem::path& run,
                                             const std::string& apt_options);

enum class Beginning { nothing, base };

// mmdebstrap's arguments, without its name: it installs the base, unless it begins with that, and
// the hooks the rest. RUN is the run directory, OUTPUT the tar to write.
std::vector<std::string> build_arguments(const AptRequest& request, Mode mode, Beginning beginning,
                                         const std::filesystem::path& run,
                                         const std::filesystem::path& output);
// The same to resolve the packages only.
std::vector<std::string> simulate_arguments(const AptRequest& request, Mode mode,
                                            const std::filesystem::path& run,
                                            const std::string& apt_options);

} // namespace selns::bootstrap
