#pragma once

#include "selns/bootstrap/distribution.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace selns::bootstrap {

// What the recipe's distribution makes of it; see Distribution.
std::unique_ptr<Job> make_job(const recipe::Recipe& recipe, const Options& options,
                              process::Runner& runner, const cache::Store& store);

// What is known before anything runs: for `plan`.
struct Status {
    std::string key;
    cache::Inputs inputs;
    std::optional<cache::Entry> entry; // it is cached
    // Otherwise: what differs from the newest archive that this recipe has made, if it has.
    std::optional<std::vector<cache::Change>> changes;
};

// NAME is the recipe's.
Status status(const Job& job, const std::string& name, const cache::Store& store);

// Names what is in it: differs for two archives of one key (after a refresh) that are not the same.
std::string generation_of(const cache::Entry& entry);

struct Archive {
    std::filesystem::path file; // a normalised pax tar (tree::normalise()) in the cache
    std::string key;            // names everything that made it
    std::string generation;     // see generation_of()
    std::string owner;          // the recipe that it was made for
    bool cached = false;
    std::vector<Package> packages; // that it got: see Job; empty when they are not known
};

// The archive in a cache entry.
Archive archive_of(const cache::Entry& entry);

// The Tree of ARCHIVE, by its index in STORE (see tree::read_indexed()).
tree::Tree read(const Archive& archive, const cache::Store& store);

// The recipe's root with its packages installed, its `files` put over it and its `commands` run,
// when it has commands; without commands, `files` are left to the caller. Taken from the cache,
// else made there. REFRESH: the package sources are asked, and an archive that no longer has what
// they offer is made again.
//
// One of a distribution has no /etc/hostname and, unless a package, file or command brought one, no
// /etc/resolv.conf.
//
// Fails with tool_failed and apt's or dnf's own reason; with the command's place when a command
// fails. STEP shows progress and is left unfinished.
Archive bootstrap(const Job& job, const std::string& name, bool refresh, process::Runner& runner,
                  const cache::Store& store, progress::Step& step);

} // namespace selns::bootstrap
