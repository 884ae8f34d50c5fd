#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/steps.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <unordered_map>

namespace selns::tree {

namespace {

Error failed(const std::string& path) {
    return system_error("cannot write " + printable(path), errno);
}

// The names that a path leads through: each directory and each symlink on the way.
void collect_way(const Tree& tree, std::string_view path, std::set<std::string>& way,
                 std::set<std::string>& whole) {
    Steps steps(path);
    std::vector<std::pair<std::string, InodeId>> at{{"", Tree::root}};
    std::string_view name;
    while (steps.next(name)) {
        if (name == "..") {
            if (at.size() > 1)
                at.pop_back();
            continue;
        }
        const auto next = tree.child(at.back().second, name);
        if (!next)
            return;
        const std::string here = at.back().first + "/" + std::string(name);
        way.insert(here);
        const Inode& inode = tree.inode(*next);
        if (inode.type == FileType::symlink && !inode.target.empty()) {
            if (inode.target.starts_with('/'))
                at.resize(1);
            steps.follow(inode.target);
        } else {
            at.emplace_back(here, *next);
        }
    }
    whole.insert(at.back().first);
}

// Whether PATH or a parent of it is in WHOLE.
bool inside(const std::set<std::string>& whole, std::string path) {
    for (;;) {
        if (whole.contains(path))
            return true;
        if (path.empty())
            return false;
        path.resize(path.rfind('/'));
    }
}

// Writes below one directory. Every directory on the way is opened by its one name, and never
// through a symlink.
class Extractor {
  public:
    Extractor(const Tree& tree, int directory) : tree_(tree), top_(directory) {}

    void add(const std::string& path, InodeId id) {
        const Inode& inode = tree_.inode(id);
        const std::size_t slash = path.rfind('/');
        const int parent = enter(path.substr(0, slash));
        const std::string name = path.substr(slash + 1);
        if (inode.type == FileType::directory) {
            if (::mkdirat(parent, name.c_str(), 0700) != 0)
                throw failed(path);
            directories_.emplace_back(path, inode.mode);
        } else if (inode.type == FileType::symlink) {
            if (::symlinkat(inode.target.c_str(), parent, name.c_str()) != 0)
                throw failed(path);
        } else if (inode.type == FileType::regular) {
            add_regular(path, parent, name, id);
        }
    }

    // A directory gets its mode last, since it may forbid writing.
    void finish() {
        std::reverse(directories_.begin(), directories_.end()); // those inside first
        for (const auto& [path, mode] : directories_)
            if (::fchmod(enter(path), mode) != 0)
                throw failed(path);
    }

  private:
    // The directory PATH ("" is the top), opened.
    int enter(const std::string& path) {
        if (current_ && path == current_path_)
            return current_.get();
        Fd fd(::openat(top_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        Steps steps(path);
        std::string_view name;
        while (fd && steps.next(name))
            fd = Fd(::openat(fd.get(), std::string(name).c_str(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!fd)
            throw failed(path);
        current_ = std::move(fd);
        current_path_ = path;
        return current_.get();
    }

    void add_regular(const std::string& path, int parent, const std::string& name, InodeId id) {
        const Inode& inode = tree_.inode(id);
        if (const auto first = first_names_.find(id); first != first_names_.end()) {
            add_link(path, name, first->second);
            return;
        }
        const Fd fd(::openat(parent, name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd)
            throw failed(path);
        try {
            inode.content.for_each_piece(
                [&](std::string_view piece) { write_all(fd.get(), piece); });
        } catch (Error& error) {
            error.context(printable(path));
            throw;
        }
        const timespec mtime{static_cast<time_t>(inode.mtime.seconds),
                             static_cast<long>(inode.mtime.nanoseconds)};
        const std::array<timespec, 2> times = {mtime, mtime};
        if (::fchmod(fd.get(), inode.mode) != 0 || ::futimens(fd.get(), times.data()) != 0)
            throw failed(path);
        if (tree_.links(id) > 1)
            first_names_.emplace(id, path);
    }

    void add_link(const std::string& path, const std::string& name, const std::string& first) {
        const std::size_t slash = first.rfind('/');
        const Fd from(::fcntl(enter(first.substr(0, slash)), F_DUPFD_CLOEXEC, 0));
        const int to = enter(path.substr(0, path.rfind('/')));
        if (!from || ::linkat(from.get(), first.c_str() + slash + 1, to, name.c_str(), 0) != 0)
            throw failed(path);
    }

    const Tree& tree_;
    int top_;
    Fd current_;
    std::string current_path_;
    std::vector<std::pair<std::string, std::uint16_t>> directories_;
    std::unordered_map<InodeId, std::string> first_names_;
};

} // namespace

void extract(const Tree& tree, const std::vector<std::string>& paths, int directory_fd) {
    std::set<std::string> way;
    std::set<std::string> whole;
    for (const std::string& path : paths)
        collect_way(tree, path, way, whole);
    Extractor extractor(tree, directory_fd);
    tree.walk([&](const std::string& path, InodeId id, bool) {
        if (id != Tree::root && (way.contains(path) || inside(whole, path)))
            extractor.add(path, id);
    });
    extractor.finish();
}

} // namespace selns::tree
