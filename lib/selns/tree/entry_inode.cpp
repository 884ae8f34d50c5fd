#include "selns/tree/entry_inode.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace selns::tree {

namespace {

constexpr std::string_view selinux = "security.selinux";
constexpr std::size_t longest_target = 4095; // these four as Linux has them
constexpr std::size_t longest_xattr_name = 255;
constexpr std::size_t longest_xattr = 65536;
constexpr std::uint64_t highest_major = (1U << 12U) - 1;
constexpr std::uint64_t highest_minor = (1U << 20U) - 1;

// The highest number means "no owner" to the kernel.
std::uint32_t owner(std::int64_t id) {
    if (id < 0 || id >= std::numeric_limits<std::uint32_t>::max())
        throw refused("the owner " + std::to_string(id) + " is not possible");
    return static_cast<std::uint32_t>(id);
}

void take_xattrs(const archive::Entry& entry, Inode& inode) {
    for (const auto& [name, value] : entry.xattrs) {
        if (name.empty() || name.size() > longest_xattr_name || value.size() > longest_xattr)
            throw refused("an extended attribute that is larger than Linux allows");
        if (name != selinux) {
            inode.xattrs.emplace(name, value);
            continue;
        }
        inode.context = value;
        if (inode.context.ends_with('\0'))
            inode.context.pop_back();
        if (inode.context.find('\0') != std::string::npos)
            throw refused("a security context with a NUL byte");
    }
}

} // namespace

Inode inode_of(const archive::Entry& entry) {
    Inode inode;
    if (!entry.type)
        throw refused("a file of an unknown type");
    inode.type = *entry.type;
    inode.mode = entry.mode;
    inode.uid = owner(entry.uid);
    inode.gid = owner(entry.gid);
    inode.mtime = {entry.mtime, entry.mtime_nanoseconds};
    if (inode.type == FileType::symlink) {
        if (entry.symlink.empty() || entry.symlink.size() > longest_target)
            throw refused("a symbolic link needs a target of 1 to 4095 bytes");
        inode.target = entry.symlink;
    }
    if (inode.type == FileType::character || inode.type == FileType::block) {
        if (entry.major > highest_major || entry.minor > highest_minor)
            throw refused("a device number that is not possible");
        inode.major = static_cast<std::uint32_t>(entry.major);
        inode.minor = static_cast<std::uint32_t>(entry.minor);
    }
    take_xattrs(entry, inode);
    return inode;
}

Inode made_parent(Timestamp mtime) {
    Inode parent;
    parent.type = FileType::directory;
    parent.mode = 0755;
    parent.mtime = mtime;
    return parent;
}

bool is_standard_device(const Inode& inode, std::string_view path) {
    struct Device {
        std::string_view path;
        std::uint32_t major, minor;
    };
    static constexpr std::array<Device, 8> standard = {{{"dev/null", 1, 3},
                                                        {"dev/zero", 1, 5},
                                                        {"dev/full", 1, 7},
                                                        {"dev/random", 1, 8},
                                                        {"dev/urandom", 1, 9},
                                                        {"dev/tty", 5, 0},
                                                        {"dev/console", 5, 1},
                                                        {"dev/ptmx", 5, 2}}};
    while (path.starts_with('/') || path.starts_with("./"))
        path.remove_prefix(path.starts_with('/') ? 1 : 2);
    return inode.type == FileType::character &&
           std::any_of(standard.begin(), standard.end(), [&](const Device& device) {
               return path == device.path && inode.major == device.major &&
                      inode.minor == device.minor;
           });
}

archive::Entry entry_of(const Inode& inode, std::string path) {
    archive::Entry entry;
    entry.path = std::move(path);
    entry.type = inode.type;
    entry.mode = inode.mode;
    entry.uid = inode.uid;
    entry.gid = inode.gid;
    entry.mtime = inode.mtime.seconds;
    entry.mtime_nanoseconds = inode.mtime.nanoseconds;
    entry.size = static_cast<std::int64_t>(inode.content.size());
    entry.symlink = inode.target;
    entry.major = inode.major;
    entry.minor = inode.minor;
    entry.xattrs = inode.xattrs;
    if (!inode.context.empty())
        entry.xattrs.emplace(selinux, inode.context + '\0');
    return entry;
}

} // namespace selns::tree
