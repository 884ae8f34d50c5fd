#pragma once

#include "selns/cache/run_directory.hpp"
#include "selns/cache/store.hpp"
#include "selns/progress/progress.hpp"

#include <cstddef>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// Packages that apt fetched, kept in the cache by their SHA-256. The setup hook tells what it wants
// before anything runs in the root, with the hashes of the signed lists (hooks.hpp); it gets files
// in archives/ of the run directory: those that are kept, and an empty one for each of the others,
// into which it puts what it fetched. That is kept only when it has the hash that was told. So are
// the lists themselves, in lists.tar, for a build without the network.
class KeptPackages {
  public:
    // STORE and RUN must outlive the object. The lists of LISTS are kept as well; OFFLINE: they are
    // used instead of those that the sources have, and what is not kept is a failed Error.
    KeptPackages(const cache::Store& store, const cache::RunDirectory& run,
                 cache::Description lists, bool offline);

    // Whether LINE is what the hook says of packages. What is said after its list was complete, or
    // after it had fetched them, is heard no more: it may be of what runs in the root.
    bool take(std::string_view line);

    bool complete() const { return stage_ != Stage::wanted; } // the list
    std::size_t wanted() const { return wanted_; }
    std::size_t missing() const { return missing_.size(); }

    // Waits until what was fetched is kept; a package that cannot be costs a note.
    void finish(progress::Sink& sink);

  private:
    enum class Stage { wanted, fetching, fetched };
    struct Wanted {
        std::string name;
        std::string sha256;
        std::filesystem::path file; // empty: it cannot be received
    };

    void want(std::string name, std::string sha256);
    void keep(const Wanted& package) const;
    void keep_lists() const;
    void refuse_missing() const;
    std::string keep_all() const; // why not

    const cache::Store& store_;
    const cache::RunDirectory& run_;
    cache::Description lists_;
    bool offline_;
    std::string lists_sum_; // of what the hook made of them
    Stage stage_ = Stage::wanted;
    std::size_t wanted_ = 0;
    std::vector<Wanted> missing_;
    std::future<std::string> keeping_; // while packages are installed; ends before the others go
};

} // namespace selns::bootstrap
