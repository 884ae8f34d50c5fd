#include "selns/bootstrap/tree_digest.hpp"
#include "support/catch.hpp"

using namespace selns;
using tree::Inode;
using tree::Tree;

TEST_CASE("an overlay's digest depends on all but its times") {
    const auto digest = [](const std::function<void(Tree&, Inode&)>& change) {
        Tree tree;
        Inode inode;
        inode.content = tree::Content::bytes("text");
        change(tree, inode);
        tree.put("/etc/motd", inode);
        return bootstrap::tree_digest(tree);
    };
    const std::string plain = digest([](Tree&, Inode&) {});
    CHECK(plain.size() == 64);
    CHECK(plain == digest([](Tree& tree, Inode& inode) {
              inode.mtime.seconds = 99;
              tree.inode(Tree::root).mtime.seconds = 5;
          }));
    const std::vector<std::function<void(Tree&, Inode&)>> changes = {
        [](Tree&, Inode& inode) { inode.content = tree::Content::bytes("texT"); },
        [](Tree&, Inode& inode) { inode.mode = 0600; },
        [](Tree&, Inode& inode) { inode.uid = 1; },
        [](Tree&, Inode& inode) { inode.gid = 1; },
        [](Tree&, Inode& inode) { inode.xattrs["user.a"] = "b"; },
        [](Tree&, Inode& inode) { inode.context = "u:r:t:s0"; },
        [](Tree&, Inode& inode) {
            inode = Inode();
            inode.type = tree::FileType::symlink;
            inode.target = "x";
        },
        [](Tree& tree, Inode& inode) { tree.put("/etc/other", inode); },
        [](Tree& tree, Inode& inode) {
            tree.put("/a", inode);
            tree.link("/a", "/b");
        }};
    for (const auto& change : changes)
        CHECK(digest(change) != plain);
}
