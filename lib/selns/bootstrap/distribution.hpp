#pragma once

#include "selns/bootstrap/packages.hpp"
#include "selns/cache/run_directory.hpp"
#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// Besides the recipe.
struct Options {
    std::optional<std::int64_t> epoch;   // SOURCE_DATE_EPOCH: the newest time in the archive
    const tree::Tree* overlay = nullptr; // the recipe's files; needed when it has commands
    // What is not in the cache is a failed Error, at once.
    bool offline = false;
};

// What a bootstrap works with.
struct Work {
    process::Runner& runner;
    const cache::RunDirectory& run; // for scripts, uploads and the root while it is made
    progress::Step& step;
};

// One root to be made: a recipe seen by its distribution, with everything that decides the result.
class Job {
  public:
    virtual ~Job() = default;
    virtual const cache::Inputs& inputs() const = 0;
    // Writes the root as a tar, in whatever form the tool gives, and returns the packages that
    // it got: with apt before the recipe's commands ran, with dnf after.
    virtual std::vector<Package> build(const Work& work,
                                       const std::filesystem::path& tar) const = 0;
    // What the package sources have now: what build() would install, or all.
    virtual std::vector<Package> resolve(const Work& work) const = 0;
    // What the maker of the root says of how it is run, as JSON; empty: nothing.
    virtual std::string config() const { return {}; }
};

struct AptArchives;

// A source of the recipe's table (recipe/source.hpp): one file that makes its jobs, and one line in
// the table of distribution.cpp.
struct Distribution {
    std::string_view name; // its key in `from`
    // Reads the recipe's keys and packages and asks the host's tools, or takes from STORE what they
    // answered before; OPTIONS must outlive the job.
    std::unique_ptr<Job> (*make_job)(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store);
    // Where apt gets it; null: it is not apt's.
    const AptArchives& (*archives)() = nullptr;
};

// The one that FROM names.
const Distribution& distribution_of(const recipe::From& from);

// The keys that a release's archives are checked with, unless its recipe names others.
struct Keyring {
    std::string_view file;    // absolute
    std::string_view package; // that brings it
};
// Of a distribution that apt installs; nothing of others, and when the recipe names a key.
std::optional<Keyring> keyring_of(const recipe::From& from);

std::unique_ptr<Job> make_debian_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_ubuntu_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_fedora_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_rocky_job(const recipe::Recipe& recipe, const Options& options,
                                    process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_archive_job(const recipe::Recipe& recipe, const Options& options,
                                      process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_oci_job(const recipe::Recipe& recipe, const Options& options,
                                  process::Runner& runner, const cache::Store& store);
std::unique_ptr<Job> make_directory_job(const recipe::Recipe& recipe, const Options& options,
                                        process::Runner& runner, const cache::Store& store);

} // namespace selns::bootstrap
