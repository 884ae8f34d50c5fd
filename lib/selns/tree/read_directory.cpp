#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/disk.hpp"
#include "selns/tree/entry_inode.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <unordered_map>

namespace selns::tree {

namespace {

// A directory of the tree that is read, which is reached from its root without following a symlink.
struct Place {
    std::shared_ptr<const Disk> disk;
    std::string path;      // as Disk has it
    std::size_t depth = 0; // components of it

    std::string shown(const std::string& name) const { return disk->shown(join_path(path, name)); }
};

Error not_taken(const std::string& shown, const std::string& why) {
    return Error(ErrorKind::invalid_input, shown + ": " + why);
}

Error not_read(const std::string& shown, int errnum) {
    return not_taken(shown, "cannot be read: " + std::generic_category().message(errnum));
}

// By what gives the name, which may change errno.
template <typename Shown>
Error not_read_now(const Shown& shown) {
    const int errnum = errno;
    return not_read(shown(), errnum);
}

Error changed(const std::string& shown) {
    return Error(ErrorKind::failed, shown + " was changed while it was being read");
}

// Whether they are of the same file, if it was not replaced.
bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
           (a.st_mode & S_IFMT) == (b.st_mode & S_IFMT);
}

Fd open_file(const Fd& directory, const std::string& name) {
    return Fd(
        ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

// Opened when it is read, since there may be more files than descriptors.
class NamedSource final : public ContentSource {
  public:
    NamedSource(std::shared_ptr<const Place> place, std::string name, const struct stat& status)
        : place_(std::move(place)), name_(std::move(name)), status_(status) {}

    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        const Fd directory = place_->disk->open_directory(place_->path);
        const Fd fd = directory ? open_file(directory, name_) : Fd();
        struct stat now {};
        if (!fd || ::fstat(fd.get(), &now) != 0 || !is_same(now, status_) ||
            now.st_size != status_.st_size)
            throw changed(place_->shown(name_));
        pread_all(fd.get(), data, size, offset);
    }

  private:
    std::shared_ptr<const Place> place_;
    std::string name_;
    struct stat status_;
};

// The caller's own files are root's, as they would be in an image that root made.
std::uint32_t owner(std::uint32_t id, std::uint32_t own) {
    return id == own ? 0 : id;
}

// SHOWN gives the file's name for an error.
void take_xattrs(const auto& shown, int fd, Inode& inode) {
    std::string names(XATTR_LIST_MAX, '\0');
    const ssize_t size = ::flistxattr(fd, names.data(), names.size());
    if (size < 0 && errno != ENOTSUP)
        throw not_read_now(shown);
    names.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    for (const std::string_view name : split(std::string_view(names), '\0')) {
        if (name.empty() || name == "security.selinux" || name.starts_with("system."))
            continue;
        const std::string key(name);
        std::string value(XATTR_SIZE_MAX, '\0');
        const ssize_t length = ::fgetxattr(fd, key.c_str(), value.data(), value.size());
        if (length < 0)
            throw not_read_now(shown);
        value.resize(static_cast<std::size_t>(length));
        inode.xattrs.emplace(key, std::move(value));
    }
}

// Where something else is mounted, be it of the same file system.
bool is_mount_point(const Fd& directory, const std::string& name) {
    struct statx status {};
    return ::statx(directory.get(), name.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0,
                   &status) == 0 &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

class DirectoryReader {
  public:
    // With MTIME: files for an overlay; without: a root, as it is.
    DirectoryReader(Disk directory, std::optional<Timestamp> mtime, const Limits& limits)
        : disk_(std::make_shared<const Disk>(std::move(directory))), mtime_(mtime), limits_(limits),
          rest_(limits) {}

    Tree read() {
        const Fd top = disk_->open_directory("/");
        struct stat status {};
        if (!top || ::fstat(top.get(), &status) != 0)
            throw not_read(disk_->shown("/"), errno);
        tree_.inode(Tree::root) = inode_of(status, FileType::directory);
        device_ = status.st_dev;
        pending_.push_back({std::make_shared<const Place>(Place{disk_, "/"}), Tree::root, status});
        while (!pending_.empty()) {
            const Pending here = std::move(pending_.back());
            pending_.pop_back();
            list(here);
        }
        if (!limits_.any_sparse && content_ > Limits::from_others(allocated_).content)
            throw not_taken(disk_->shown("/"), "its files are far larger than what they hold");
        return std::move(tree_);
    }

  private:
    struct Pending {
        std::shared_ptr<const Place> place;
        InodeId id;
        struct stat status; // of what was found there
    };
    // A name that was found.
    struct Found {
        const Pending& in;
        const Fd& directory;
        std::string name;
        struct stat status {};

        std::string shown() const { return in.place->shown(name); }
    };

    Inode inode_of(const struct stat& status, FileType type) const {
        Inode inode;
        inode.type = type;
        inode.mode = static_cast<std::uint16_t>(status.st_mode & 07777U);
        if (mtime_) {
            inode.mtime = *mtime_;
            return inode;
        }
        inode.uid = owner(status.st_uid, ::geteuid());
        inode.gid = owner(status.st_gid, ::getegid());
        inode.mtime = {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
        if (type == FileType::character || type == FileType::block) {
            inode.major = major(status.st_rdev);
            inode.minor = minor(status.st_rdev);
        }
        return inode;
    }

    void list(const Pending& here) {
        const auto shown = [&] { return disk_->shown(here.place->path); };
        const Fd directory = disk_->open_directory(here.place->path);
        struct stat status {};
        if (!directory || ::fstat(directory.get(), &status) != 0 || !is_same(status, here.status))
            throw changed(shown());
        if (!mtime_)
            take_attributes(shown, directory.get(), tree_.inode(here.id));
        Fd listed(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(
            listed ? ::fdopendir(listed.get()) : nullptr, ::closedir);
        if (!stream)
            throw not_read_now(shown);
        listed.release();
        for (;;) {
            errno = 0;
            const struct dirent* entry = ::readdir(stream.get());
            if (entry == nullptr && errno != 0)
                throw not_read_now(shown);
            if (entry == nullptr)
                return;
            Found found{here, directory, entry->d_name};
            if (found.name != "." && found.name != "..")
                take(found);
        }
    }

    void take(Found& found) {
        struct stat& status = found.status;
        if (::fstatat(found.directory.get(), found.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            throw not_read(found.shown(), errno);
        limit(found);
        const bool is_directory = S_ISDIR(status.st_mode);
        if (!mtime_ && (status.st_dev != device_ || S_ISSOCK(status.st_mode) ||
                        (is_directory && is_mount_point(found.directory, found.name)))) {
            if (is_directory)
                tree_.put_child(found.in.id, found.name, made_parent({status.st_mtim.tv_sec, 0}));
            return;
        }
        const bool linked = !mtime_ && status.st_nlink > 1 && !is_directory;
        if (const auto known = linked_.find(status.st_ino); linked && known != linked_.end())
            return tree_.link_child(found.in.id, found.name, known->second);
        put(found);
        if (linked)
            linked_.emplace(status.st_ino, tree_.child(found.in.id, found.name).value());
    }

    void limit(const Found& found) {
        if (found.in.place->depth >= limits_.depth)
            throw not_taken(found.shown(), "too many directories in each other");
        if (rest_.entries-- == 0 || tree_.size() > limits_.inodes)
            throw not_taken(found.shown(), "too many files for an image");
        take_metadata([&] { return found.shown(); }, found.name.size());
    }

    void take_attributes(const auto& shown, int fd, Inode& inode) {
        take_xattrs(shown, fd, inode);
        for (const auto& [name, value] : inode.xattrs)
            take_metadata(shown, name.size() + value.size());
    }

    void take_metadata(const auto& shown, std::uint64_t bytes) {
        if (bytes > rest_.metadata)
            throw not_taken(shown(), "too many names and attributes for an image");
        rest_.metadata -= bytes;
    }

    void put(const Found& found) {
        const mode_t mode = found.status.st_mode;
        const InodeId parent = found.in.id;
        if (S_ISDIR(mode)) {
            const Place& above = *found.in.place;
            const InodeId id =
                tree_.put_child(parent, found.name, inode_of(found.status, FileType::directory));
            auto place = std::make_shared<const Place>(
                Place{disk_, join_path(above.path, found.name), above.depth + 1});
            pending_.push_back({std::move(place), id, found.status});
        } else if (S_ISREG(mode)) {
            tree_.put_child(parent, found.name, regular(found));
        } else if (S_ISLNK(mode)) {
            tree_.put_child(parent, found.name, symlink(found));
        } else if (S_ISFIFO(mode)) {
            tree_.put_child(parent, found.name, inode_of(found.status, FileType::fifo));
        } else if (S_ISCHR(mode) && !mtime_) {
            Inode inode = inode_of(found.status, FileType::character);
            if (!is_standard_device(inode, join_path(found.in.place->path, found.name)))
                throw not_taken(found.shown(), "a device, other than those that every /dev has");
            tree_.put_child(parent, found.name, std::move(inode));
        } else {
            throw not_taken(found.shown(), "a device or a socket cannot be copied into an image");
        }
    }

    // Opening it tells now, and not when the image is written, that it cannot be read.
    Inode regular(const Found& found) {
        const Fd fd = open_file(found.directory, found.name);
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw not_read(found.shown(), errno);
        if (!is_same(status, found.status))
            throw changed(found.shown());
        Inode inode = inode_of(status, FileType::regular);
        if (!mtime_)
            take_attributes([&] { return found.shown(); }, fd.get(), inode);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (size > limits_.content - content_)
            throw not_taken(found.shown(), "its files are larger together than an image may be");
        content_ += size;
        allocated_ += static_cast<std::uint64_t>(status.st_blocks) * 512;
        if (size > 0)
            inode.content =
                Content(std::make_shared<NamedSource>(found.in.place, found.name, status), 0, size);
        return inode;
    }

    Inode symlink(const Found& found) {
        Inode inode = inode_of(found.status, FileType::symlink);
        std::string target(PATH_MAX, '\0');
        const ssize_t size =
            ::readlinkat(found.directory.get(), found.name.c_str(), target.data(), target.size());
        if (size < 0)
            throw not_read(found.shown(), errno);
        inode.target = target.substr(0, static_cast<std::size_t>(size));
        take_metadata([&] { return found.shown(); }, inode.target.size());
        return inode;
    }

    std::shared_ptr<const Disk> disk_;
    std::optional<Timestamp> mtime_;
    Limits limits_;
    Limits rest_;
    std::uint64_t content_ = 0;
    std::uint64_t allocated_ = 0; // what it takes on the disk
    Tree tree_;
    dev_t device_ = 0;
    std::unordered_map<ino_t, InodeId> linked_;
    std::vector<Pending> pending_;
};

} // namespace

Tree read_directory(const std::filesystem::path& directory, Timestamp mtime, const Limits& limits) {
    return read_directory(Disk(directory), mtime, limits);
}

Tree read_directory(Disk directory, Timestamp mtime, const Limits& limits) {
    return DirectoryReader(std::move(directory), mtime, limits).read();
}

Tree read_root(const std::filesystem::path& directory, const Limits& limits) {
    return DirectoryReader(Disk(directory), {}, limits).read();
}

} // namespace selns::tree
