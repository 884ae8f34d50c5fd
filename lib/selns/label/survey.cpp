#include "selns/label/survey.hpp"

#include "selns/label/refusal.hpp"
#include "selns/label/surveyor.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace selns::label {

namespace {

constexpr const char* xattr = "security.selinux";

// Attributes are reached through it; without, every file would look as if it were gone.
void require_proc() {
    if (::access("/proc/self/fd", X_OK) != 0)
        throw system_error("cannot reach the labels of files by /proc/self/fd", errno)
            .hint("mount /proc");
}

// What the kernel says about a file's label.
struct Stored {
    std::string label; // without its NUL; empty: none
    int errnum = 0;    // of a failure
};

Stored read_attribute(const std::string& attribute_path) {
    std::array<char, 65536> buffer; // the kernel's limit
    const ssize_t size = ::lgetxattr(attribute_path.c_str(), xattr, buffer.data(), buffer.size());
    if (size < 0)
        return {{}, errno == ENODATA ? 0 : errno};
    std::string label(buffer.data(), static_cast<std::size_t>(size));
    if (label.ends_with('\0'))
        label.pop_back();
    return {std::move(label)};
}

// Zero or errno.
int write_attribute(const std::string& attribute_path, const std::string& label) {
    // The kernel keeps the NUL that setfiles writes; without it others read one byte too few.
    return ::lsetxattr(attribute_path.c_str(), xattr, label.c_str(), label.size() + 1, 0) == 0
               ? 0
               : errno;
}

// Looks at files on the disk, directory by directory.
class DiskSurvey {
  public:
    DiskSurvey(const tree::Disk& disk, Surveyor& surveyor, const DiskOptions& options)
        : disk_(disk), root_(disk.root()), surveyor_(surveyor), options_(options) {}

    void run() {
        require_proc();
        take("/", root_, disk_.attribute_path());
        disk_.each_directory(options_.threads,
                             [this](const std::string& path, const tree::Disk::Listing& listing) {
                                 for (const auto& name : listing.names)
                                     take(tree::join_path(path, name.name), name,
                                          tree::Disk::attribute_path(listing.directory, name.name));
                             });
        for (auto& [inode, links] : links_)
            take_links(inode.first, links);
        for (auto& [device, path] : without_labels_)
            surveyor_.add_without_labels(std::move(path));
    }

  private:
    using Inode = std::pair<std::uint64_t, std::uint64_t>; // device, number

    void take(const std::string& path, const tree::Disk::Name& name,
              const std::string& attribute_path) {
        const Specification* wanted = surveyor_.ask(path, name.mode & S_IFMT);
        if (name.links > 1 && !S_ISDIR(name.mode)) {
            const std::lock_guard lock(mutex_);
            links_[{name.device, name.inode}].push_back({path, wanted});
        } else if (wanted != nullptr) {
            look(path, name.device, *wanted, attribute_path);
        }
    }

    void take_links(std::uint64_t device, std::vector<Named>& links) {
        std::ranges::sort(links, tree::Tree::walks_before, &Named::path);
        const Named* chosen = surveyor_.decide(links);
        if (chosen == nullptr)
            return;
        const auto [directory, name] = tree::split_path(chosen->path);
        if (const Fd parent = disk_.open_directory(directory))
            look(chosen->path, device, *chosen->specification,
                 tree::Disk::attribute_path(parent, name));
    }

    void look(const std::string& path, std::uint64_t device, const Specification& wanted,
              const std::string& attribute_path) {
        const Stored stored = read_attribute(attribute_path);
        if (stored.errnum != 0) {
            if (!is_left_out(stored.errnum, path, device))
                throw label_not_read(disk_.shown(path), stored.errnum);
            return;
        }
        auto difference = surveyor_.compare(path, wanted, stored.label);
        if (!difference)
            return;
        const int errnum = options_.write ? write_attribute(attribute_path, wanted.context) : 0;
        if (errnum == 0)
            surveyor_.add(*std::move(difference));
        else if (!is_left_out(errnum, path, device))
            throw label_not_written(disk_.shown(path), wanted.context, errnum);
    }

    // Whether a failure is none: the file is gone, or on a file system mounted below the root that
    // keeps no labels, which is noted.
    bool is_left_out(int errnum, const std::string& path, std::uint64_t device) {
        if (errnum == ENOENT)
            return true;
        if (errnum != ENOTSUP || device == root_.device)
            return false;
        const std::lock_guard lock(mutex_);
        std::string& first = without_labels_.try_emplace(device, path).first->second;
        if (tree::Tree::walks_before(path, first))
            first = path;
        return true;
    }

    const tree::Disk& disk_;
    const tree::Disk::Name root_;
    Surveyor& surveyor_;
    const DiskOptions& options_;
    std::mutex mutex_;
    std::map<Inode, std::vector<Named>> links_;
    std::map<std::uint64_t, std::string> without_labels_; // by device, the first path
};

} // namespace

Survey verify(const tree::Tree& tree, const Matcher& matcher, const Validator& valid,
              const Progress& progress, const Wanted& wanted) {
    Surveyor surveyor(matcher, valid, progress, wanted);
    std::map<tree::InodeId, std::vector<Named>> links;
    const auto look = [&](const std::string& path, const Specification& specification,
                          tree::InodeId inode) {
        if (auto difference = surveyor.compare(path, specification, tree.inode(inode).context))
            surveyor.add(*std::move(difference));
    };
    tree.walk([&](const std::string& path, tree::InodeId id, bool) {
        const tree::FileType type = tree.inode(id).type;
        const Specification* specification = surveyor.ask(path, type_bits(type));
        if (type != tree::FileType::directory && tree.links(id) > 1)
            links[id].push_back({path, specification});
        else if (specification != nullptr)
            look(path, *specification, id);
    });
    for (const auto& [id, names] : links)
        if (const Named* chosen = surveyor.decide(names))
            look(chosen->path, *chosen->specification, id);
    return surveyor.finish();
}

std::optional<std::string> read_label(const tree::Disk& disk, const std::string& path) {
    require_proc();
    const auto [directory, name] = tree::split_path(path);
    const Fd parent = path == "/" ? Fd() : disk.open_directory(directory);
    if (path != "/" && !parent)
        return {};
    Stored stored = read_attribute(path == "/" ? disk.attribute_path()
                                               : tree::Disk::attribute_path(parent, name));
    if (stored.errnum == ENOENT)
        return {};
    if (stored.errnum != 0 && stored.errnum != ENOTSUP)
        throw label_not_read(disk.shown(path), stored.errnum);
    return std::move(stored.label);
}

Survey survey_disk(const tree::Disk& disk, const Matcher& matcher, const Validator& valid,
                   const DiskOptions& options, const Progress& progress, const Wanted& wanted) {
    Surveyor surveyor(matcher, valid, progress, wanted);
    DiskSurvey(disk, surveyor, options).run();
    return surveyor.finish();
}

} // namespace selns::label
