#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
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

// Opened when it is read, since there may be more files than descriptors.
class NamedSource final : public ContentSource {
  public:
    NamedSource(std::string path, const struct stat& status)
        : path_(std::move(path)), device_(status.st_dev), inode_(status.st_ino),
          size_(status.st_size) {}

    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        const Fd fd(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!fd)
            throw system_error("cannot open " + printable(path_), errno);
        struct stat now {};
        if (::fstat(fd.get(), &now) != 0 || now.st_dev != device_ || now.st_ino != inode_ ||
            now.st_size != size_)
            throw Error(ErrorKind::failed,
                        printable(path_) + " was changed while it was being read");
        pread_all(fd.get(), data, size, offset);
    }

  private:
    std::string path_;
    dev_t device_;
    ino_t inode_;
    off_t size_;
};

Error not_taken(const std::string& path, const std::string& why) {
    return Error(ErrorKind::invalid_input, printable(path) + ": " + why);
}

Error not_read(const std::string& path, int errnum) {
    return not_taken(path, "cannot be read: " + std::generic_category().message(errnum));
}

// The caller's own files are root's, as they would be in an image that root made.
std::uint32_t owner(std::uint32_t id, std::uint32_t own) {
    return id == own ? 0 : id;
}

void take_xattrs(const std::string& path, int fd, Inode& inode) {
    std::string names(XATTR_LIST_MAX, '\0');
    const ssize_t size = ::flistxattr(fd, names.data(), names.size());
    if (size < 0 && errno != ENOTSUP)
        throw not_read(path, errno);
    names.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    for (const std::string_view name : split(std::string_view(names), '\0')) {
        if (name.empty() || name == "security.selinux" || name.starts_with("system."))
            continue;
        const std::string key(name);
        std::string value(XATTR_SIZE_MAX, '\0');
        const ssize_t length = ::fgetxattr(fd, key.c_str(), value.data(), value.size());
        if (length < 0)
            throw not_read(path, errno);
        value.resize(static_cast<std::size_t>(length));
        inode.xattrs.emplace(key, std::move(value));
    }
}

class DirectoryReader {
  public:
    // With MTIME: files for an overlay; without: a root, as it is.
    explicit DirectoryReader(std::optional<Timestamp> mtime) : mtime_(mtime) {}

    Tree read(const std::filesystem::path& directory) {
        Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw not_read(directory.string(), errno);
        tree_.inode(Tree::root) = inode_of(status, FileType::directory);
        top_ = std::filesystem::absolute(directory).string().size();
        device_ = status.st_dev;
        pending_.push_back({std::filesystem::absolute(directory).string(), Tree::root});
        list(std::move(fd));
        while (!pending_.empty()) {
            const auto& [path, id] = pending_.back();
            list(Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
        }
        return std::move(tree_);
    }

  private:
    struct Pending {
        std::string path;
        InodeId id;
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

    // Takes what is in the last pending directory, which FD is.
    void list(Fd fd) {
        const Pending here = std::move(pending_.back());
        pending_.pop_back();
        const int number = fd.get();
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? ::fdopendir(number) : nullptr,
                                                         ::closedir);
        if (!stream)
            throw not_read(here.path, errno);
        fd.release();
        if (!mtime_)
            take_xattrs(here.path, number, tree_.inode(here.id));
        for (;;) {
            errno = 0;
            const struct dirent* entry = ::readdir(stream.get());
            if (entry == nullptr && errno != 0)
                throw not_read(here.path, errno);
            if (entry == nullptr)
                return;
            const std::string name = entry->d_name;
            if (name != "." && name != "..")
                take(here, number, name);
        }
    }

    void take(const Pending& here, int fd, const std::string& name) {
        const std::string path = here.path + "/" + name;
        struct stat status {};
        if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            throw not_read(path, errno);
        if (!mtime_ && (status.st_dev != device_ || S_ISSOCK(status.st_mode))) {
            if (S_ISDIR(status.st_mode)) // where something is mounted
                tree_.put_child(here.id, name, made_parent({status.st_mtim.tv_sec, 0}));
            return;
        }
        if (!mtime_ && status.st_nlink > 1 && !S_ISDIR(status.st_mode)) {
            const auto known = linked_.find(status.st_ino);
            if (known != linked_.end())
                return tree_.link_child(here.id, name, known->second);
        }
        put(here, fd, name, path, status);
        if (!mtime_ && status.st_nlink > 1 && !S_ISDIR(status.st_mode))
            linked_.emplace(status.st_ino, tree_.child(here.id, name).value());
    }

    void put(const Pending& here, int fd, const std::string& name, const std::string& path,
             const struct stat& status) {
        if (S_ISDIR(status.st_mode)) {
            const InodeId id =
                tree_.put_child(here.id, name, inode_of(status, FileType::directory));
            pending_.push_back({path, id});
        } else if (S_ISREG(status.st_mode)) {
            tree_.put_child(here.id, name, regular(path, fd, name));
        } else if (S_ISLNK(status.st_mode)) {
            Inode inode = inode_of(status, FileType::symlink);
            inode.target = target(path, fd, name);
            tree_.put_child(here.id, name, std::move(inode));
        } else if (S_ISFIFO(status.st_mode)) {
            tree_.put_child(here.id, name, inode_of(status, FileType::fifo));
        } else if (S_ISCHR(status.st_mode) && !mtime_) {
            Inode inode = inode_of(status, FileType::character);
            if (!is_standard_device(inode, std::string_view(path).substr(top_)))
                throw not_taken(path, "a device, other than those that every /dev has");
            tree_.put_child(here.id, name, std::move(inode));
        } else {
            throw not_taken(path, "a device or a socket cannot be copied into an image");
        }
    }

    // Opening it tells now, and not when the image is written, that it cannot be read.
    Inode regular(const std::string& path, int directory, const std::string& name) const {
        const Fd fd(
            ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw not_read(path, errno);
        if (!S_ISREG(status.st_mode))
            throw not_taken(path, "was changed while it was being read");
        Inode inode = inode_of(status, FileType::regular);
        if (!mtime_)
            take_xattrs(path, fd.get(), inode);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (size > 0)
            inode.content = Content(std::make_shared<NamedSource>(path, status), 0, size);
        return inode;
    }

    static std::string target(const std::string& path, int directory, const std::string& name) {
        std::string target(PATH_MAX, '\0');
        const ssize_t size = ::readlinkat(directory, name.c_str(), target.data(), target.size());
        if (size < 0)
            throw not_read(path, errno);
        target.resize(static_cast<std::size_t>(size));
        return target;
    }

    std::optional<Timestamp> mtime_;
    Tree tree_;
    std::size_t top_ = 0; // the length of the directory's own path
    dev_t device_ = 0;
    std::unordered_map<ino_t, InodeId> linked_;
    std::vector<Pending> pending_;
};

} // namespace

Tree read_directory(const std::filesystem::path& directory, Timestamp mtime) {
    return DirectoryReader(mtime).read(directory);
}

Tree read_root(const std::filesystem::path& directory) {
    return DirectoryReader({}).read(directory);
}

} // namespace selns::tree
