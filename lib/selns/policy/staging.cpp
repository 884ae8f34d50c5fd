#include "selns/policy/staging.hpp"

namespace selns::policy {

namespace {

constexpr std::uint64_t staged_file_limit = 256U << 20U;

// Reads what INODE points to: a name of the host's means nothing in the sandbox.
tree::Inode loaded(tree::Inode inode) {
    inode.content = tree::Content::bytes(inode.content.str(staged_file_limit));
    return inode;
}

void copy_inode(const tree::Tree& from, tree::InodeId id, tree::Tree& to, const std::string& path) {
    const tree::Inode& inode = from.inode(id);
    if (inode.type != tree::FileType::regular && inode.type != tree::FileType::directory)
        return; // a policy is made of files; nothing else is followed or handed on
    to.put(path, loaded(inode));
    if (inode.type == tree::FileType::directory)
        for (const tree::Name& entry : from.names(id))
            copy_inode(from, entry.inode, to, path + "/" + entry.name);
}

} // namespace

std::string staged_config(const Place& place) {
    return "/etc/selinux/" + place.type;
}
std::string staged_store(const Place& place) {
    return "/var/lib/selinux/" + place.type;
}

void copy_below(const tree::Tree& from, std::string_view from_path, tree::Tree& to,
                const std::string& to_path) {
    if (const auto id = from.find(from_path))
        copy_inode(from, *id, to, to_path);
}

tree::Tree stage(const tree::Tree& rootfs, const Place& place) {
    tree::Tree staged;
    copy_below(rootfs, place.config, staged, staged_config(place));
    // The lock files of the store and of a transaction that was cut off stay out.
    copy_below(rootfs, place.store + "/active", staged, staged_store(place) + "/active");
    for (const char* file : account_files)
        copy_below(rootfs, file, staged, file);
    return staged;
}

} // namespace selns::policy
