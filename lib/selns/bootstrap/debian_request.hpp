#pragma once

#include "selns/bootstrap/debian_host.hpp"
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

// What a recipe's files contribute, read beforehand.
struct Ingredients {
    std::vector<std::string> keys;           // of each repository, armored
    std::vector<std::string> package_hashes; // of each local package
    std::optional<std::string> overlay;      // the digest of `files`, when commands need them
    bool overlay_has_resolv_conf = false;
};

// One bootstrap with mmdebstrap as plain data; made without I/O.
struct DebianRequest {
    std::string release;
    std::vector<std::string> packages;      // sorted, each once
    std::map<std::string, Location> places; // where the recipe names each package
    std::vector<std::pair<std::string, Location>> repository_places; // by URI
    std::vector<std::string> sources;      // one-line sources; empty: mmdebstrap's default
    std::vector<std::string> repositories; // deb822 sources
    std::vector<recipe::Located<recipe::Path>> local_packages;
    std::vector<recipe::Located<std::string>> commands;
    bool overlay = false;
    bool overlay_has_resolv_conf = false;
    cache::Inputs inputs; // what the result depends on
};

// EPOCH: SOURCE_DATE_EPOCH. Whatever of the recipe could be taken for an option, for another line
// of a sources file or for several packages is an invalid_input Error.
DebianRequest debian_request(const recipe::Recipe& recipe, const DebianHost& host,
                             const Ingredients& ingredients, std::optional<std::int64_t> epoch);

// The package that has the policy of this SELINUXTYPE in Debian, when one has.
std::optional<std::string> policy_package(const std::string& selinux_type);

// What lies in the run directory (see hooks.hpp), by name; APT_OPTIONS for apt.conf. Local packages
// and the overlay are put there besides.
std::map<std::string, std::string> run_files(const DebianRequest& request,
                                             const std::string& apt_options);

// The options of apt that hold for a run and do not stay in the image: an archive that does not
// answer ends the run after a bounded time.
std::string apt_options(const std::string& proxy_configuration);

enum class Mode { unshare, root };

// mmdebstrap's arguments, without its name. RUN is the run directory, OUTPUT the tar to write.
std::vector<std::string> build_arguments(const DebianRequest& request, Mode mode,
                                         const std::filesystem::path& run,
                                         const std::filesystem::path& output);
// The same to resolve the packages only.
std::vector<std::string> simulate_arguments(const DebianRequest& request, Mode mode,
                                            const std::filesystem::path& run,
                                            const std::string& apt_options);

} // namespace selns::bootstrap
