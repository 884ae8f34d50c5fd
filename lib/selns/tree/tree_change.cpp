#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/steps.hpp"
#include "selns/tree/tree.hpp"

#include <limits>

namespace selns::tree {

namespace {

constexpr std::size_t longest_name = 255;  // as Linux has it
constexpr std::size_t shown_of_path = 256; // bytes of a path in a message

Error impossible(std::string_view path, const std::string& why) {
    return Error(ErrorKind::invalid_input, printable(path.substr(0, shown_of_path)) + ": " + why);
}

void check_name(std::string_view name) {
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos)
        throw impossible(name, "not the name of a file");
    if (name.find('\0') != std::string_view::npos)
        throw impossible(name, "a name with a NUL byte");
    if (name.size() > longest_name)
        throw impossible(name, "a name longer than 255 bytes");
}

Inode parent_like(const Inode& inode) {
    Inode parent;
    parent.type = FileType::directory;
    parent.mode = 0755;
    parent.mtime = inode.mtime;
    return parent;
}

} // namespace

struct Tree::Place {
    InodeId directory = root;
    std::string name; // empty: the root itself
};

Tree::Tree() {
    Inode top;
    top.type = FileType::directory;
    top.mode = 0755;
    add(std::move(top));
    links_[root] = 1;
}

InodeId Tree::add(Inode inode) {
    if (inodes_.size() >= std::numeric_limits<InodeId>::max())
        throw Error(ErrorKind::failed, "too many files");
    const auto id = static_cast<InodeId>(inodes_.size());
    const bool directory = inode.type == FileType::directory;
    inodes_.push_back(std::move(inode));
    links_.push_back(0);
    if (directory)
        directories_.try_emplace(id);
    return id;
}

// Finds where PATH's last name is or would be. A missing parent is made, alike
// MAKE_PARENTS_LIKE; without that, there is no place.
std::optional<Tree::Place> Tree::locate(std::string_view path, const Inode* make_parents_like) {
    Steps steps(path);
    std::vector<InodeId> above;
    InodeId at = root;
    std::string_view name;
    while (steps.next(name)) {
        if (steps.last()) {
            if (name == "..")
                throw impossible(path, "a path that ends in \"..\"");
            return Place{at, std::string(name)};
        }
        if (name == "..") {
            at = above.empty() ? root : above.back();
            if (!above.empty())
                above.pop_back();
            continue;
        }
        auto next = child(at, name);
        if (!next && make_parents_like == nullptr)
            return std::nullopt;
        if (!next)
            next = put_child(at, name, parent_like(*make_parents_like));
        const Inode& found = inodes_[*next];
        if (found.type == FileType::symlink && !found.target.empty()) {
            if (found.target.starts_with('/')) {
                above.clear();
                at = root;
            }
            steps.follow(found.target);
            continue;
        }
        if (found.type != FileType::directory)
            throw impossible(path, printable(name) + " is not a directory");
        above.push_back(at);
        at = *next;
    }
    return Place{};
}

InodeId Tree::put(std::string_view path, Inode inode) {
    const Place place = *locate(path, &inode);
    if (!place.name.empty())
        return put_child(place.directory, place.name, std::move(inode));
    if (inode.type != FileType::directory)
        throw Error(ErrorKind::invalid_input, "the root can only be a directory");
    inodes_[root] = std::move(inode);
    return root;
}

InodeId Tree::put_child(InodeId directory, std::string_view name, Inode inode) {
    check_name(name);
    const auto old = child(directory, name);
    if (old && inodes_[*old].type == FileType::directory) {
        if (inode.type == FileType::directory) {
            inodes_[*old] = std::move(inode);
            return *old;
        }
        if (!directories_.at(*old).empty())
            throw impossible(name, "a directory that is not empty cannot become a file");
    } else if (old && inode.type != FileType::directory && links_[*old] == 1) {
        inodes_[*old] = std::move(inode); // no other name keeps the old one
        return *old;
    }
    if (!directories_.contains(directory))
        throw impossible(name, "its parent is not a directory");
    const InodeId id = add(std::move(inode));
    attach(directory, name, id);
    return id;
}

void Tree::link_child(InodeId directory, std::string_view name, InodeId inode) {
    check_name(name);
    const auto old = child(directory, name);
    if (old == inode)
        return;
    if (inodes_[inode].type == FileType::directory)
        throw impossible(name, "a hard link to a directory");
    if (!directories_.contains(directory))
        throw impossible(name, "its parent is not a directory");
    if (old && inodes_[*old].type == FileType::directory && !directories_.at(*old).empty())
        throw impossible(name, "a directory that is not empty cannot become a file");
    attach(directory, name, inode);
}

InodeId Tree::link(std::string_view existing, std::string_view new_path) {
    const auto inode = find(existing, false);
    if (!inode)
        throw impossible(existing, "does not exist, so it cannot get another name");
    if (inodes_[*inode].type == FileType::directory)
        throw impossible(existing, "a directory cannot get another name");
    const Inode like = inodes_[*inode];
    const Place place = *locate(new_path, &like);
    if (place.name.empty())
        throw Error(ErrorKind::invalid_input, "the root can only be a directory");
    link_child(place.directory, place.name, *inode);
    return *inode;
}

bool Tree::remove(std::string_view path) {
    const auto place = locate(path, nullptr);
    if (!place)
        return false;
    if (place->name.empty())
        throw Error(ErrorKind::invalid_input, "the root cannot be removed");
    const auto inode = child(place->directory, place->name);
    if (!inode)
        return false;
    directories_.at(place->directory).erase(place->name);
    release(*inode);
    return true;
}

// Makes NAME refer to INODE instead of what it referred to.
void Tree::attach(InodeId directory, std::string_view name, InodeId inode) {
    Directory& names = directories_.at(directory);
    const auto old = names.find(name);
    names.set(name, inode);
    if (++links_[inode] == 1)
        ++reachable_;
    if (old)
        release(*old);
}

// Takes one name away from INODE; with the last one, what is below it goes as well.
void Tree::release(InodeId inode) {
    std::vector<InodeId> released{inode};
    while (!released.empty()) {
        const InodeId id = released.back();
        released.pop_back();
        if (--links_[id] > 0)
            continue;
        --reachable_;
        if (const auto found = directories_.find(id); found != directories_.end()) {
            for (const Name& name : found->second.names())
                released.push_back(name.inode);
            directories_.erase(found);
        }
        inodes_[id] = Inode{};
    }
}

} // namespace selns::tree
