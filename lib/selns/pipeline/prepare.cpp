#include "selns/pipeline/prepare.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/android.hpp"
#include "selns/tree/archive.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace selns::pipeline {

namespace {

tree::Inode file_inode(const std::filesystem::path& source) {
    Fd fd = open_read(source);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        throw system_error("cannot read " + source.string(), errno);
    tree::Inode inode;
    inode.mode = static_cast<std::uint16_t>(status.st_mode & 07777U);
    inode.content = tree::Content(tree::file_source(fd.release()), 0,
                                  static_cast<std::uint64_t>(status.st_size));
    return inode;
}

void put_file(tree::Tree& overlay, const recipe::File& file, tree::Timestamp mtime) {
    if (file.source && std::filesystem::is_directory(file.source->value)) {
        tree::overlay(overlay, tree::read_directory(file.source->value, mtime), file.target);
        return;
    }
    std::string target = file.target;
    tree::Inode inode;
    if (file.source) {
        inode = file_inode(file.source->value);
        if (target.ends_with('/'))
            target += file.source->value.filename().string();
    } else {
        inode.content = tree::Content::bytes(file.content.value_or(""));
    }
    inode.mode = file.mode.value_or(inode.mode);
    inode.mtime = mtime;
    overlay.put(target, std::move(inode));
}

void put_text(tree::Tree& rootfs, const std::string& path, std::string text,
              tree::Timestamp mtime) {
    const auto existing = rootfs.find(path);
    tree::Inode inode = existing ? rootfs.inode(*existing) : tree::Inode{};
    inode.type = tree::FileType::regular;
    inode.content = tree::Content::bytes(std::move(text));
    inode.mtime = mtime;
    rootfs.put(existing ? rootfs.real_path(path) : path, std::move(inode));
}

// The second field of root's line in /etc/shadow.
void set_root_password(tree::Tree& rootfs, const recipe::RootPassword& password,
                       tree::Timestamp mtime) {
    if (password.kind == recipe::RootPassword::Kind::locked)
        return;
    const std::string before = rootfs.read("/etc/shadow").value_or("");
    std::string after;
    bool found = false;
    for (const std::string_view line : split(before, '\n')) {
        auto fields = split(line, ':');
        if (fields.size() > 1 && fields[0] == "root") {
            fields[1] = password.hash; // empty when it is to be empty
            found = true;
        }
        for (std::size_t i = 0; i < fields.size(); ++i)
            after.append(i == 0 ? "" : ":").append(fields[i]);
        after += '\n';
    }
    if (!found)
        throw Error(ErrorKind::failed,
                    "root_password: the image's /etc/shadow has no line for root");
    after.pop_back(); // split() sees one more, empty line
    if (after != before)
        put_text(rootfs, "/etc/shadow", std::move(after), mtime);
}

} // namespace

tree::Tree files_overlay(const recipe::Recipe& recipe, tree::Timestamp mtime) {
    tree::Tree overlay;
    for (const recipe::File& file : recipe.files) {
        try {
            put_file(overlay, file, mtime);
        } catch (const Error& error) {
            throw Error(error.kind(), std::string("files: ") + error.what()).at(file.at);
        }
    }
    return overlay;
}

void configure(tree::Tree& rootfs, const recipe::Recipe& recipe, tree::Timestamp mtime) {
    // A tar need not have an entry for its root.
    if (tree::Inode& root = rootfs.inode(tree::Tree::root); root.mtime == tree::Timestamp{})
        root.mtime = mtime;
    // Android has no such file, and a partition in the place of /etc.
    if (!policy::is_android(rootfs))
        put_text(rootfs, "/etc/hostname", recipe.hostname + "\n", mtime);
    set_root_password(rootfs, recipe.root_password, mtime);
    const bool wanted = std::ranges::any_of(
        recipe.images, [](const recipe::Image& image) { return image.format->lost_and_found; });
    if (wanted && !rootfs.find("/lost+found", false)) {
        tree::Inode directory;
        directory.type = tree::FileType::directory;
        directory.mode = 0700;
        directory.mtime = mtime;
        rootfs.put("/lost+found", std::move(directory));
    }
}

tree::Timestamp newest_mtime(const tree::Tree& tree) {
    tree::Timestamp newest;
    tree.walk([&](const std::string&, tree::InodeId id, bool) {
        newest = std::max(newest, tree.inode(id).mtime);
    });
    return newest;
}

} // namespace selns::pipeline
