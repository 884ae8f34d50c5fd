#pragma once

#include "selns/bootstrap/changes.hpp"
#include "selns/bootstrap/dnf_host.hpp"
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

// One bootstrap with dnf as plain data; made without I/O.
struct DnfRequest {
    DnfRelease release;
    std::string releasever;                            // dnf's word for it
    std::string program;                               // dnf5 or dnf
    std::vector<std::string> packages;                 // sorted, each once
    std::map<std::string, Location> places;            // where the recipe names each package
    std::map<std::string, Location> repository_places; // where it names each repository, by id
    // The release's own and, after these, the recipe's; keys is as long, armored, empty where it is
    // not known.
    std::vector<DnfRepository> repositories;
    std::vector<std::string> keys;
    std::size_t own_repositories = 0;
    std::map<std::string, std::string> variables;
    std::string distribution; // its key in `from`
    Location from;
    Changes changes;
    cache::Inputs inputs; // what the result depends on
};

// EPOCH: SOURCE_DATE_EPOCH. What of the recipe could be taken for an option or for another line of
// a configuration file is an invalid_input Error.
DnfRequest dnf_request(const recipe::Recipe& recipe, DnfRelease release, const DnfHost& host,
                       const Ingredients& ingredients, std::optional<std::int64_t> epoch);

// What lies in the run directory RUN (see hooks.hpp), by name. Local packages and the overlay
// are put there besides.
std::map<std::string, std::string> run_files(const DnfRequest& request,
                                             const std::filesystem::path& run);

// dnf's own: to install, without the root's place, and to list the newest of all packages for a
// root in ROOT.
std::vector<std::string> install_arguments(const DnfRequest& request,
                                           const std::filesystem::path& run);
std::vector<std::string> query_arguments(const DnfRequest& request,
                                         const std::filesystem::path& run,
                                         const std::filesystem::path& root);

} // namespace selns::bootstrap
