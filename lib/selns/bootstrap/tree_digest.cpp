#include "selns/bootstrap/tree_digest.hpp"

#include "selns/base/hash.hpp"

#include <map>

namespace selns::bootstrap {

std::string tree_digest(const tree::Tree& tree) {
    Fingerprint digest("tree");
    std::map<tree::InodeId, std::string> first_names;
    tree.walk([&](const std::string& path, tree::InodeId id, bool first) {
        digest.add(path);
        if (!first) {
            digest.add("hard link to", first_names.at(id));
            return;
        }
        first_names[id] = path;
        const tree::Inode& inode = tree.inode(id);
        for (const std::uint32_t number :
             {type_bits(inode.type) | inode.mode, inode.uid, inode.gid, inode.major, inode.minor})
            digest.add(std::to_string(number));
        digest.add(inode.target).add(inode.context).add(std::to_string(inode.xattrs.size()));
        for (const auto& [name, value] : inode.xattrs)
            digest.add(name, value);
        Sha256 content;
        inode.content.for_each_piece([&](std::string_view piece) { content.update(piece); });
        digest.add(content.hex());
    });
    return digest.hex();
}

} // namespace selns::bootstrap
