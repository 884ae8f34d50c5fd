#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

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

Error refused(const std::string& path, const std::string& why) {
    return Error(ErrorKind::invalid_input, printable(path) + ": " + why);
}

Error unreadable(const std::string& path, int errnum) {
    return refused(path, "cannot be read: " + std::generic_category().message(errnum));
}

class DirectoryReader {
  public:
    explicit DirectoryReader(Timestamp mtime) : mtime_(mtime) {}

    Tree read(const std::filesystem::path& directory) {
        Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw unreadable(directory.string(), errno);
        tree_.inode(Tree::root) = inode_of(status, FileType::directory);
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
        inode.mtime = mtime_;
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
            throw unreadable(here.path, errno);
        fd.release();
        for (;;) {
            errno = 0;
            const struct dirent* entry = ::readdir(stream.get());
            if (entry == nullptr && errno != 0)
                throw unreadable(here.path, errno);
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
            throw unreadable(path, errno);
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
        } else {
            throw refused(path, "a device or a socket cannot be copied into an image");
        }
    }

    // Opening it tells now, and not when the image is written, that it cannot be read.
    Inode regular(const std::string& path, int directory, const std::string& name) const {
        const Fd fd(
            ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw unreadable(path, errno);
        if (!S_ISREG(status.st_mode))
            throw refused(path, "was changed while it was being read");
        Inode inode = inode_of(status, FileType::regular);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (size > 0)
            inode.content = Content(std::make_shared<NamedSource>(path, status), 0, size);
        return inode;
    }

    static std::string target(const std::string& path, int directory, const std::string& name) {
        std::string target(PATH_MAX, '\0');
        const ssize_t size = ::readlinkat(directory, name.c_str(), target.data(), target.size());
        if (size < 0)
            throw unreadable(path, errno);
        target.resize(static_cast<std::size_t>(size));
        return target;
    }

    Timestamp mtime_;
    Tree tree_;
    std::vector<Pending> pending_;
};

} // namespace

Tree read_directory(const std::filesystem::path& directory, Timestamp mtime) {
    return DirectoryReader(mtime).read(directory);
}

} // namespace selns::tree
