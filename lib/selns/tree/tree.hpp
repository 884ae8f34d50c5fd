#pragma once

#include "selns/base/file_type.hpp"
#include "selns/tree/directory.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace selns::tree {

using selns::FileType;

struct Timestamp {
    std::int64_t seconds = 0; // since the epoch
    std::uint32_t nanoseconds = 0;
    auto operator<=>(const Timestamp&) const = default;
};

// Where bytes can be read from at random: a file on disk, memory, an image. Safe for concurrent
// reads; lives as long as a Content refers to it.
class ContentSource {
  public:
    virtual ~ContentSource() = default;
    // Reads exactly SIZE bytes at OFFSET into DATA; throws selns::Error when they are not there.
    virtual void read(std::uint64_t offset, char* data, std::size_t size) const = 0;
};

std::shared_ptr<const ContentSource> file_source(int fd); // owns FD
std::shared_ptr<const ContentSource> memory_source(std::string bytes);

// The bytes of a regular file: a span of a source. They are copied when they are written, not
// before.
class Content {
  public:
    Content() = default; // empty
    Content(std::shared_ptr<const ContentSource> source, std::uint64_t offset, std::uint64_t size)
        : source_(std::move(source)), offset_(offset), size_(size) {}
    static Content bytes(std::string data);

    std::uint64_t size() const { return size_; }
    // Reads SIZE bytes at OFFSET of this content; both must lie inside.
    void read(std::uint64_t offset, char* data, std::size_t size) const;
    // All of it; an Error when it is larger than LIMIT.
    std::string str(std::uint64_t limit = 64U << 20U) const;
    // What it is a part of, from where on: for whoever made that.
    const ContentSource* source() const { return source_.get(); }
    std::uint64_t offset() const { return offset_; }
    // In pieces of at most 1 MiB.
    void for_each_piece(const std::function<void(std::string_view)>& visit) const;

  private:
    std::shared_ptr<const ContentSource> source_;
    std::uint64_t offset_ = 0;
    std::uint64_t size_ = 0;
};

struct Inode {
    FileType type = FileType::regular;
    std::uint16_t mode = 0644; // permission bits and setuid, setgid, sticky (07777)
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    Timestamp mtime;
    Content content;                           // regular files
    std::string target;                        // symlinks
    std::uint32_t major = 0, minor = 0;        // devices
    std::map<std::string, std::string> xattrs; // all but security.selinux
    std::string context;                       // security.selinux without its NUL; empty: none
};

// A file system tree as a value: inodes in memory, content left where it is. Copying one is cheap
// enough for tests and stages (content is shared), moving is free.
//
// Paths are absolute ("/etc/passwd"; the root is "/") and bytes, not text. "." and empty
// components are dropped; ".." at the root stays there, as in a chroot: no path can point outside.
// The const functions are safe to call from several threads. A Tree that was moved from can only be
// destroyed or assigned to. Putting and linking invalidate references to inodes.
class Tree {
  public:
    Tree(); // a root directory, mode 0755, owner 0:0

    static constexpr InodeId root = 0;
    const Inode& inode(InodeId id) const { return inodes_[id]; }
    Inode& inode(InodeId id) { return inodes_[id]; }
    // How many inodes are reachable.
    std::size_t size() const { return reachable_; }
    // How many names refer to it (1 for a directory).
    std::uint32_t links(InodeId id) const { return links_[id]; }

    // The names in a directory, sorted by bytes.
    const std::vector<Name>& names(InodeId directory) const;
    // Follows symlinks in every component but, unless FOLLOW, the last. Nothing when a component
    // is missing; an Error (invalid_input) on a symlink loop (more than 40) .
    std::optional<InodeId> find(std::string_view path, bool follow = true) const;
    // Where PATH really is once every symlink is followed; components that do not exist stay
    // as they are.
    std::string real_path(std::string_view path) const;
    // The content of a regular file; nothing when there is none.
    std::optional<std::string> read(std::string_view path, std::uint64_t limit = 64U << 20U) const;

    // Puts INODE at PATH and returns its id. Symlinks in the parent's path are followed inside the
    // tree, missing parents are made (0755, 0:0, INODE's mtime). An existing file of that name is
    // replaced (other names of a hard link keep the old inode); a directory put over a directory
    // keeps its names; a file over a directory that is not empty, or anything over the root but a
    // directory, is an Error (invalid_input).
    InodeId put(std::string_view path, Inode inode);
    // Makes NEW_PATH another name of what EXISTING (not followed) names; an Error when EXISTING
    // does not exist or is a directory.
    InodeId link(std::string_view existing, std::string_view new_path);
    // Removes PATH (not followed) and what is below it. False when there is nothing; an Error for
    // the root.
    bool remove(std::string_view path);

    // The same by directory and name, for readers of archives and images: nothing is followed.
    // A name is 1 to 255 bytes without "/" and NUL, and neither "." nor ".."; anything else is an
    // Error (invalid_input), in put() and link() too.
    std::optional<InodeId> child(InodeId directory, std::string_view name) const;
    InodeId put_child(InodeId directory, std::string_view name, Inode inode);
    void link_child(InodeId directory, std::string_view name, InodeId inode);

    // Every name in a stable order: parents first, siblings sorted by bytes. The root comes first
    // as "/". A hard link is visited once per name; the first visit of an inode has first = true.
    using Visitor = std::function<void(const std::string& path, InodeId id, bool first)>;
    void walk(const Visitor& visit) const;
    // Whether it comes to path A before path B: as if "/" sorted before every other byte.
    static bool walks_before(std::string_view a, std::string_view b);

  private:
    struct Place; // a directory and a name in it
    std::optional<Place> locate(std::string_view path, const Inode* make_parents_like);
    InodeId add(Inode inode);
    void attach(InodeId directory, std::string_view name, InodeId inode);
    void release(InodeId inode);

    std::vector<Inode> inodes_; // those without a name are empty
    std::vector<std::uint32_t> links_;
    std::unordered_map<InodeId, Directory> directories_;
    std::size_t reachable_ = 1;
};

} // namespace selns::tree
