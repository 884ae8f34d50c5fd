#include "selns/label/survey.hpp"

#include "selns/base/text.hpp"
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

Error no_labels(const std::string& path, int errnum) {
    if (errnum == ENOTSUP)
        return Error(ErrorKind::failed,
                     printable(path) + ": this file system keeps no security labels")
            .hint(
                "copy the tree to ext4, xfs, btrfs or tmpfs, or build an image, which needs none");
    return system_error("cannot read the label of " + printable(path), errnum);
}

Error not_written(const std::string& path, const std::string& context, int errnum) {
    const std::string what = "cannot label " + printable(path) + " as " + printable(context);
    switch (errnum) {
    case EPERM:
    case EACCES:
        return system_error(what, errnum)
            .hint("writing labels needs root (CAP_SYS_ADMIN), and on a host that enforces SELinux "
                  "the permission to relabel");
    case EINVAL:
        return Error(ErrorKind::failed, what + ": this host's SELinux policy does not know it")
            .hint(
                "a domain with capability2 mac_admin may write labels of other policies; or build "
                "an image, which needs none");
    case ENOTSUP:
        return no_labels(path, errnum);
    case EROFS:
        return system_error(what, errnum).hint("remount it for writing");
    default:
        return system_error(what, errnum);
    }
}

// Attributes are reached through it; without, every file would look as if it were gone.
void require_proc() {
    if (::access("/proc/self/fd", X_OK) != 0)
        throw system_error("cannot reach the labels of files by /proc/self/fd", errno)
            .hint("mount /proc");
}

// The label without its NUL; empty: none. Nothing when the file is gone.
std::optional<std::string> read_attribute(const std::string& attribute_path,
                                          const std::string& path) {
    std::array<char, 4096> buffer;
    const ssize_t size = ::lgetxattr(attribute_path.c_str(), xattr, buffer.data(), buffer.size());
    if (size >= 0) {
        std::string label(buffer.data(), static_cast<std::size_t>(size));
        if (label.ends_with('\0'))
            label.pop_back();
        return label;
    }
    if (errno == ENODATA)
        return std::string();
    if (errno == ENOENT)
        return {};
    throw no_labels(path, errno);
}

// Looks at files on the disk, directory by directory.
class DiskSurvey {
  public:
    DiskSurvey(const tree::Disk& disk, Surveyor& surveyor, const DiskOptions& options)
        : disk_(disk), surveyor_(surveyor), options_(options) {}

    void run() {
        require_proc();
        take("/", disk_.root(), disk_.attribute_path());
        disk_.each_directory(options_.threads,
                             [this](const std::string& path, const tree::Disk::Listing& listing) {
                                 for (const auto& name : listing.names)
                                     take(tree::join_path(path, name.name), name,
                                          tree::Disk::attribute_path(listing.directory, name.name));
                             });
        for (auto& [inode, links] : links_)
            take_links(links);
    }

  private:
    using Inode = std::pair<std::uint64_t, std::uint64_t>; // device, number
    using Link = Surveyor::Link;

    void take(const std::string& path, const tree::Disk::Name& name,
              const std::string& attribute_path) {
        const Specification* wanted = surveyor_.ask(path, name.mode & S_IFMT);
        if (name.links > 1 && !S_ISDIR(name.mode)) {
            const std::lock_guard lock(mutex_);
            links_[{name.device, name.inode}].push_back({path, wanted});
        } else if (wanted != nullptr) {
            look(path, *wanted, attribute_path);
        }
    }

    void take_links(std::vector<Link>& links) {
        std::ranges::sort(links, tree::Tree::walks_before, &Link::path);
        const Link* chosen = surveyor_.decide(links);
        if (chosen == nullptr)
            return;
        const auto [directory, name] = tree::split_path(chosen->path);
        if (const Fd parent = disk_.open_directory(directory))
            look(chosen->path, *chosen->specification, tree::Disk::attribute_path(parent, name));
    }

    void look(const std::string& path, const Specification& wanted,
              const std::string& attribute_path) {
        const auto stored = read_attribute(attribute_path, path);
        auto difference = stored ? surveyor_.compare(path, wanted, *stored) : std::nullopt;
        if (!difference)
            return;
        // The kernel keeps the NUL that setfiles writes; without it others read one byte too few.
        if (options_.write && ::lsetxattr(attribute_path.c_str(), xattr, wanted.context.c_str(),
                                          wanted.context.size() + 1, 0) != 0) {
            if (errno == ENOENT)
                return;
            throw not_written(path, wanted.context, errno);
        }
        surveyor_.add(*std::move(difference));
    }

    const tree::Disk& disk_;
    Surveyor& surveyor_;
    const DiskOptions& options_;
    std::mutex mutex_;
    std::map<Inode, std::vector<Link>> links_;
};

} // namespace

Survey verify(const tree::Tree& tree, const Matcher& matcher, const Validator& valid,
              const Progress& progress) {
    Surveyor surveyor(matcher, valid, progress);
    std::map<tree::InodeId, std::vector<Surveyor::Link>> links;
    const auto look = [&](const std::string& path, const Specification& wanted,
                          tree::InodeId inode) {
        if (auto difference = surveyor.compare(path, wanted, tree.inode(inode).context))
            surveyor.add(*std::move(difference));
    };
    tree.walk([&](const std::string& path, tree::InodeId id, bool) {
        const tree::FileType type = tree.inode(id).type;
        const Specification* wanted = surveyor.ask(path, tree::type_bits(type));
        if (type != tree::FileType::directory && tree.links(id) > 1)
            links[id].push_back({path, wanted});
        else if (wanted != nullptr)
            look(path, *wanted, id);
    });
    for (const auto& [id, names] : links)
        if (const Surveyor::Link* chosen = surveyor.decide(names))
            look(chosen->path, *chosen->specification, id);
    return surveyor.finish();
}

std::optional<std::string> read_label(const tree::Disk& disk, const std::string& path) {
    require_proc();
    if (path == "/")
        return read_attribute(disk.attribute_path(), path);
    const auto [directory, name] = tree::split_path(path);
    const Fd parent = disk.open_directory(directory);
    return parent ? read_attribute(tree::Disk::attribute_path(parent, name), path) : std::nullopt;
}

Survey survey_disk(const tree::Disk& disk, const Matcher& matcher, const Validator& valid,
                   const DiskOptions& options, const Progress& progress) {
    Surveyor surveyor(matcher, valid, progress);
    DiskSurvey(disk, surveyor, options).run();
    return surveyor.finish();
}

} // namespace selns::label
