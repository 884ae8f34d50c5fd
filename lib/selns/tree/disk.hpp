#pragma once

#include "selns/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::tree {

// A directory tree on this machine's disk, which others may change while it is looked at. Nothing
// outside of it is reached: directories are opened from its root without following a symlink
// (openat2(2), Linux 5.6). Below the mount points of file systems that make up their files (proc,
// sysfs, ...) nothing is listed.
//
// Paths are as in a Tree: "/" is the root; they may be longer than PATH_MAX, up to 64 KiB. What
// cannot be read is an Error that names it; what is gone by then is left out.
class Disk {
  public:
    explicit Disk(const std::filesystem::path& root);

    struct Name {
        std::string name;
        std::uint32_t mode = 0; // st_mode
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::uint64_t links = 1;
    };
    struct Listing {
        Fd directory;
        std::vector<Name> names; // sorted by bytes
    };

    Name root() const;
    // Empty when there is no directory at PATH (any more).
    Fd open_directory(const std::string& path) const;
    // The names in the directory PATH; nothing when it is none (any more), or not to be listed. Of
    // `type`, which costs less, the S_IFMT bits of their modes are known, and nothing else.
    enum class Detail { type, all };
    std::optional<Listing> list(const std::string& path, Detail detail = Detail::all) const;

    // What is at PATH, which is not followed; nothing when there is nothing.
    std::optional<Name> look(const std::string& path) const;

    // Every name and the S_IFMT bits of its mode, in the order of Tree::walk(): parents first,
    // siblings sorted. Directories are listed ahead of VISIT by a thread of its own. That one asks
    // ENTER; a name that it says false to is left out with what is below. VISIT ends the walk by
    // saying false; what was known by then to be unreadable is no Error then.
    using Enter = std::function<bool(const std::string& path)>;
    using Visit = std::function<bool(const std::string& path, std::uint32_t type)>;
    void walk(const Enter& enter, const Visit& visit) const;

    // Every directory, in any order, from up to THREADS threads at the same time. An exception of
    // VISIT stops the others and is thrown.
    using VisitDirectory = std::function<void(const std::string& path, const Listing& listing)>;
    void each_directory(unsigned threads, const VisitDirectory& visit) const;

    // Whose xattrs lgetxattr(2) and lsetxattr(2) work on, however the tree changes: the root
    // itself, or a name in a directory that is open.
    std::string attribute_path() const;
    static std::string attribute_path(const Fd& directory, std::string_view name);

    // PATH as messages name it: on this machine.
    std::string shown(const std::string& path) const;

    // The directory at PATH with all symlinks followed as in a chroot; nothing when there is none.
    std::optional<Disk> directory(const std::string& path) const;
    // The regular file at PATH, likewise; a larger one than LIMIT, or another kind of file, is an
    // Error (invalid_input).
    std::optional<std::string> read(const std::string& path, std::uint64_t limit) const;
    // What is at PATH with all symlinks followed as in a chroot: a path of this machine.
    std::optional<std::filesystem::path> real_path(const std::string& path) const;

  private:
    Disk(std::filesystem::path root, Fd fd) : root_(std::move(root)), fd_(std::move(fd)) {}
    // Nothing when there is nothing at PATH, or no directory where one must be.
    Fd open_followed(const std::string& path, std::uint64_t flags) const;

    std::filesystem::path root_;
    Fd fd_;
};

// DIRECTORY and NAME as a path, and the other way. The root has no name.
std::string join_path(std::string_view directory, std::string_view name);
struct SplitPath {
    std::string directory;
    std::string name;
};
SplitPath split_path(const std::string& path);

} // namespace selns::tree
