#pragma once

#include "selns/cache/lock.hpp"
#include "selns/cache/remove.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace selns::cache {

// A temporary directory of one run: roots that a bootstrap fills, its scripts and uploads. It is
// removed with the object; what a killed run left is removed by a later run's sweep(), which
// finds it through a register in the cache.
//
// It lies in $TMPDIR when other users (an ordinary user's subordinate ids) can pass through every
// directory on the way and none of them can be changed by others, else in /tmp. Others can pass
// through it, too, but neither list nor read what is in it: that is for the user and the root of
// the user's namespaces (see keep_among_own()).
class RunDirectory {
  public:
    // REGISTER_DIRECTORY: Store::register_directory().
    explicit RunDirectory(const std::filesystem::path& register_directory,
                          Remover remover = remove_bootstrapped);
    ~RunDirectory();
    RunDirectory(const RunDirectory&) = delete;
    RunDirectory& operator=(const RunDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // A new file, with the directories on its way. Of one for everybody, any user may read it who
    // knows its name.
    enum class Reach { own, own_program, everybody };
    Fd create(std::string_view name, Reach reach = Reach::own) const;
    std::filesystem::path write(std::string_view name, std::string_view content,
                                Reach reach = Reach::own) const;
    // A new empty file that the root of the user's namespaces may write, too; nothing where the
    // file system cannot keep it from all others.
    std::optional<std::filesystem::path> receive(std::string_view name) const;
    // A directory in it.
    std::filesystem::path make(std::string_view name) const;

    // Removes the directories of runs that are gone, and nothing else: the register must name a
    // directory of its own random name that is this user's, is the very one that was made then
    // (device, inode, time of birth) and lies where a run's could.
    static void sweep(const Directory& registered, const Remover& remover = remove_bootstrapped);

  private:
    std::filesystem::path path_;
    Remover remover_;
    Lock lock_;
};

// Where RunDirectory puts directories.
std::filesystem::path temporary_parent();

} // namespace selns::cache
