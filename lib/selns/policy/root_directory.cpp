#include "selns/policy/root_directory.hpp"

#include "selns/policy/android.hpp"
#include "selns/policy/place.hpp"
#include "selns/policy/staging.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/ostree.hpp"

namespace selns::policy {

namespace {

constexpr std::uint64_t account_file_limit = 16U << 20U;
constexpr std::uint64_t android_file_limit = 256U << 20U;

void copy(const tree::Disk& root, const std::string& path, tree::Tree& files,
          std::uint64_t limit = account_file_limit) {
    if (auto directory = root.directory(path)) {
        const auto limits = tree::Limits::from_others();
        tree::overlay(files, tree::read_directory(*std::move(directory), {}, limits), path);
    } else if (auto text = root.read(path, limit)) {
        tree::Inode inode;
        inode.content = tree::Content::bytes(*std::move(text));
        files.put(path, std::move(inode));
    }
}

} // namespace

tree::Tree read_root_directory(const tree::Disk& root, bool with_store) {
    tree::Tree files;
    copy(root, "/etc/selinux", files);
    if (!files.find("/etc/selinux"))
        copy(root, "/usr/etc/selinux", files);
    if (root.look(tree::ostree_mark))
        files.put(tree::ostree_mark, {});
    if (!read_config(files))
        for (const std::string& file : android_files())
            copy(root, file, files, android_file_limit);
    if (!with_store)
        return files;
    copy(root, store_root(files), files);
    for (const char* file : account_files)
        copy(root, file, files);
    return files;
}

} // namespace selns::policy
