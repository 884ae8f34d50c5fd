#pragma once

#include "selns/cache/lock.hpp"
#include "selns/cache/remove.hpp"

#include <filesystem>
#include <string_view>

namespace selns::cache {

// A temporary directory of one run: roots that a bootstrap fills, its scripts and uploads. It is
// removed with the object; what a killed run left is removed by a later run's sweep(), which
// finds it through a register in the cache.
//
// It lies in $TMPDIR when other users (an ordinary user's subordinate ids) can pass through every
// directory on the way, else in /tmp, and has mode 0755.
class RunDirectory {
  public:
    // REGISTER_DIRECTORY: Store::register_directory().
    explicit RunDirectory(const std::filesystem::path& register_directory,
                          Remover remover = remove_bootstrapped);
    ~RunDirectory();
    RunDirectory(const RunDirectory&) = delete;
    RunDirectory& operator=(const RunDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // Writes a file (its parents are made, 0755) that any user may read, or also execute.
    std::filesystem::path write(std::string_view name, std::string_view content,
                                bool executable = false) const;
    // A directory in it, 0755.
    std::filesystem::path make(std::string_view name) const;

    // Removes the directories of runs that are gone.
    static void sweep(const std::filesystem::path& register_directory,
                      const Remover& remover = remove_bootstrapped);

  private:
    std::filesystem::path path_;
    Remover remover_;
    Lock lock_;
};

// Where RunDirectory puts directories.
std::filesystem::path temporary_parent();

} // namespace selns::cache
