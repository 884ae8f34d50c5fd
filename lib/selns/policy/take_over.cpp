#include "selns/policy/backend.hpp"
#include "selns/policy/staging.hpp"
#include "selns/tree/archive.hpp"

#include <set>
#include <utility>

namespace selns::policy {

namespace {

bool same_content(const tree::Inode& a, const tree::Inode& b) {
    constexpr std::uint64_t limit = 1U << 30U;
    return a.type == b.type && a.content.size() == b.content.size() &&
           a.content.str(limit) == b.content.str(limit);
}

void remove_missing(tree::Tree& rootfs, const std::string& path, const tree::Tree& result,
                    const std::string& result_path) {
    const auto here = rootfs.find(path);
    const auto there = result.find(result_path);
    if (!here || rootfs.inode(*here).type != tree::FileType::directory)
        return;
    const std::vector<tree::Name> names = rootfs.names(*here); // a copy: entries go away
    for (const tree::Name& entry : names) {
        const std::string below = path + "/" + entry.name;
        const std::string below_there = result_path + "/" + entry.name;
        if (!there || !result.find(below_there))
            rootfs.remove(below);
        else
            remove_missing(rootfs, below, result, below_there);
    }
}

void replace(tree::Tree& rootfs, const std::string& path, const tree::Tree& result,
             const std::string& result_path, tree::Timestamp mtime) {
    remove_missing(rootfs, path, result, result_path);
    const auto from = result.find(result_path);
    if (!from)
        return;
    tree::Inode inode = result.inode(*from);
    const auto existing = rootfs.find(path, false);
    const bool directory = inode.type == tree::FileType::directory;
    const bool keep = existing && (directory ? rootfs.inode(*existing).type == inode.type
                                             : same_content(rootfs.inode(*existing), inode));
    if (!keep) {
        inode.mtime = mtime;
        inode.uid = 0;
        inode.gid = 0;
        rootfs.put(path, std::move(inode));
    }
    if (directory)
        for (const tree::Name& entry : result.names(*from))
            if (!entry.name.ends_with(".bin"))
                replace(rootfs, path + "/" + entry.name, result, result_path + "/" + entry.name,
                        mtime);
}

void drop_compiled_contexts(tree::Tree& rootfs, const Place& place) {
    for (const char* suffix : {".bin", ".homedirs.bin", ".local.bin"})
        rootfs.remove(place.contexts + suffix);
}

} // namespace

void take_over(tree::Tree& rootfs, const Place& place, const std::filesystem::path& archive,
               tree::Timestamp mtime) {
    const tree::Tree result = tree::read_archive(archive);
    replace(rootfs, place.config, result, staged_config(place), mtime);
    replace(rootfs, place.store + "/active", result, staged_store(place) + "/active", mtime);
    drop_compiled_contexts(rootfs, place);
}

} // namespace selns::policy
