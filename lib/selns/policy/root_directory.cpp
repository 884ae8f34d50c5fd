#include "selns/policy/root_directory.hpp"

#include "selns/policy/place.hpp"
#include "selns/policy/staging.hpp"
#include "selns/tree/archive.hpp"

namespace selns::policy {

namespace {

constexpr std::uint64_t account_file_limit = 16U << 20U;

void copy(const tree::Disk& root, const std::string& path, tree::Tree& files) {
    if (auto directory = root.directory(path)) {
        const auto limits = tree::Limits::from_others();
        tree::overlay(files, tree::read_directory(*std::move(directory), {}, limits), path);
    } else if (auto text = root.read(path, account_file_limit)) {
        tree::Inode inode;
        inode.content = tree::Content::bytes(*std::move(text));
        files.put(path, std::move(inode));
    }
}

} // namespace

tree::Tree read_root_directory(const tree::Disk& root, bool with_store) {
    tree::Tree files;
    copy(root, "/etc/selinux", files);
    if (!with_store)
        return files;
    copy(root, store_root(files), files);
    for (const char* file : account_files)
        copy(root, file, files);
    return files;
}

} // namespace selns::policy
