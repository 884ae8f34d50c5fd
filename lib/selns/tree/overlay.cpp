#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"

#include <unordered_map>

namespace selns::tree {

namespace {

// A symlink to a directory serves as a directory (/lib on a merged /usr); one that leads nowhere
// gets the directory where it points.
void put_directory(Tree& base, const std::string& path, const Inode& inode) {
    const auto there = base.find(path);
    if (!there)
        base.put(base.real_path(path), inode);
    else if (base.inode(*there).type != FileType::directory)
        throw Error(ErrorKind::invalid_input, printable(path) + " is not a directory");
}

} // namespace

void overlay(Tree& base, const Tree& upper, std::string_view target) {
    const std::string prefix = "/" + std::string(target) + "/";
    std::unordered_map<InodeId, std::string> first_names;
    upper.walk([&](const std::string& path, InodeId id, bool first) {
        const Inode& inode = upper.inode(id);
        const std::string to = prefix + path;
        if (inode.type == FileType::directory) {
            put_directory(base, to, inode);
        } else if (first) {
            base.put(to, inode);
            if (upper.links(id) > 1)
                first_names.emplace(id, to);
        } else {
            base.link(first_names.at(id), to);
        }
    });
}

} // namespace selns::tree
