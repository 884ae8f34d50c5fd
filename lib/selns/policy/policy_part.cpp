#include "selns/policy/place.hpp"
#include "selns/tree/archive.hpp"

namespace selns::policy {

namespace {

// What is at FROM and below it, as TO. Hard links become files of their own.
void copy(const tree::Tree& source, const std::string& from, tree::Tree& target,
          const std::string& to) {
    source.walk([&](const std::string& path, tree::InodeId id, bool) {
        if (path == from || path.starts_with(from + "/"))
            target.put(to + path.substr(from.size()), source.inode(id));
    });
}

} // namespace

tree::Tree policy_part(const tree::Tree& rootfs, const std::string& type) {
    const Place place = find_place(rootfs, type);
    tree::Tree part;
    const std::string selinux = selinux_directory(rootfs);
    copy(rootfs, place.config, part, selinux + "/" + type);
    copy(rootfs, place.store, part, store_root(rootfs) + "/" + type);
    for (const std::string& file : {selinux + "/semanage.conf", selinux + "/config"})
        if (const auto id = rootfs.find(file))
            part.put(file, rootfs.inode(*id));
    return part;
}

void put_policy(tree::Tree& rootfs, const tree::Tree& part, const std::string& type) {
    for (const std::string& path :
         {selinux_directory(rootfs) + "/" + type, store_root(rootfs) + "/" + type})
        if (rootfs.find(path))
            rootfs.remove(rootfs.real_path(path));
    tree::overlay(rootfs, part, "/");
}

} // namespace selns::policy
