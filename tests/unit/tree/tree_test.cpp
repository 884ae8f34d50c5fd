#include "describe.hpp"
#include "selns/base/error.hpp"
#include "selns/tree/tree.hpp"
#include "support/catch.hpp"
#include "unit/tree/small.hpp"

#include <set>

using namespace selns;
using namespace selns::tree;
using selns::test::difference;
using selns::test::symlink;

namespace {

Inode file(std::string content = "") {
    Inode inode;
    inode.content = Content::bytes(std::move(content));
    return inode;
}

Inode directory(std::uint16_t mode = 0700) {
    Inode inode;
    inode.type = FileType::directory;
    inode.mode = mode;
    return inode;
}

std::vector<std::string> paths(const Tree& tree) {
    std::vector<std::string> all;
    tree.walk([&](const std::string& path, InodeId, bool) { all.push_back(path); });
    return all;
}

using Paths = std::vector<std::string>;

} // namespace

TEST_CASE("a new tree is an empty root") {
    const Tree tree;
    CHECK(tree.size() == 1);
    CHECK(paths(tree) == Paths{"/"});
    CHECK(tree.inode(Tree::root).mode == 0755);
    CHECK(tree.find("/") == Tree::root);
    CHECK(tree.find("") == Tree::root);
    CHECK(tree.find("/../..//./") == Tree::root);
    CHECK(tree.links(Tree::root) == 1);
    CHECK(tree.names(Tree::root).empty());
}

TEST_CASE("missing parents are made like the file") {
    Tree tree;
    Inode inode = file("x");
    inode.mtime = {5, 6};
    inode.uid = 7;
    tree.put("/a/b/c", inode);
    const Inode& parent = tree.inode(*tree.find("/a/b"));
    CHECK(parent.type == FileType::directory);
    CHECK(parent.mode == 0755);
    CHECK(parent.uid == 0);
    CHECK(parent.mtime == Timestamp{5, 6});
    CHECK(tree.size() == 4);
    CHECK(tree.read("a//./b/../b/c") == "x");
}

TEST_CASE("walk goes parents first, siblings by bytes, hard links once as the first") {
    Tree tree;
    tree.put("/b", file());
    tree.put("/a/z", file());
    tree.put("/a.b", file());
    tree.put("/a/\xff", file());
    tree.put("/A", file());
    tree.link("/b", "/a/b");
    Paths seen;
    tree.walk([&](const std::string& path, InodeId, bool first) {
        seen.push_back(path + (first ? "" : " again"));
    });
    CHECK(seen == Paths{"/", "/A", "/a", "/a/b", "/a/z", "/a/\xff", "/a.b", "/b again"});
}

TEST_CASE("symlinks are followed inside the tree") {
    Tree tree;
    tree.put("/usr/lib/x", file("found"));
    tree.put("/lib", symlink("usr/lib"));
    tree.put("/abs", symlink("/lib/"));
    tree.put("/up", symlink("../../../../usr"));
    tree.put("/usr/again", symlink("../abs"));
    CHECK(tree.read("/lib/x") == "found");
    CHECK(tree.read("/abs/x") == "found");
    CHECK(tree.read("/up/again/x") == "found");
    CHECK(tree.read("/up/../usr/lib/../lib/x") == "found");
    CHECK(tree.inode(*tree.find("/lib", false)).type == FileType::symlink);
    CHECK(tree.inode(*tree.find("/lib/", false)).type == FileType::symlink);
    CHECK(tree.inode(*tree.find("/lib")).type == FileType::directory);
    CHECK(tree.real_path("/up/again/x") == "/usr/lib/x");
    CHECK(tree.real_path("/lib/new/../other/file") == "/usr/lib/other/file");
    CHECK(tree.real_path("/nothing/at/all") == "/nothing/at/all");
    CHECK(tree.real_path("/../..") == "/");
    CHECK(tree.real_path("/lib/x/below") == "/usr/lib/x/below");
    CHECK_FALSE(tree.find("/lib/x/below"));
    CHECK_FALSE(tree.find("/lib/x/../../nothing"));
    CHECK_FALSE(tree.read("/lib"));
}

TEST_CASE("symlink loops and dead ends") {
    Tree tree;
    tree.put("/a", symlink("b"));
    tree.put("/b", symlink("/a"));
    tree.put("/self", symlink("self/self"));
    tree.put("/nowhere", symlink("/not/there"));
    tree.put("/empty", symlink(""));
    CHECK_THROWS_AS(tree.find("/a"), Error);
    CHECK_THROWS_AS(tree.find("/self/x"), Error);
    CHECK_THROWS_AS(tree.real_path("/b/c"), Error);
    CHECK_THROWS_AS(tree.put("/a/b", file()), Error);
    CHECK(tree.find("/a", false));
    CHECK_FALSE(tree.find("/nowhere"));
    CHECK_FALSE(tree.find("/empty"));
    CHECK(tree.real_path("/nowhere") == "/not/there");

    SECTION("forty are followed, as Linux does") {
        Tree chain;
        chain.put("/0", file("end"));
        for (int i = 1; i <= 41; ++i)
            chain.put("/" + std::to_string(i), symlink(std::to_string(i - 1)));
        CHECK(chain.read("/40") == "end");
        CHECK_THROWS_AS(chain.read("/41"), Error);
    }
    SECTION("links that multiply end at once") {
        Tree bomb;
        bomb.put("/0", directory());
        for (int i = 1; i < 60; ++i) {
            const std::string last = std::to_string(i - 1);
            bomb.put("/" + std::to_string(i), symlink("/" + last + "/../" + last));
        }
        CHECK_THROWS_AS(bomb.find("/59"), Error);
    }
}

TEST_CASE("put goes where the parent's symlinks lead") {
    Tree tree;
    tree.put("/usr/lib", directory());
    tree.put("/lib", symlink("usr/lib"));
    tree.put("/run-link", symlink("/run/deep"));
    tree.put("/lib/x", file("1"));
    tree.put("/run-link/y", file("2"));
    CHECK(tree.read("/usr/lib/x") == "1");
    CHECK(tree.read("/run/deep/y") == "2");
    tree.put("/lib", file("no link any more"));
    CHECK(tree.read("/lib") == "no link any more");
    CHECK(tree.read("/usr/lib/x") == "1");
}

TEST_CASE("what put replaces") {
    Tree tree;
    tree.put("/d/x", file("x"));
    tree.put("/d", directory(0711));
    CHECK(tree.read("/d/x") == "x");
    CHECK(tree.inode(*tree.find("/d")).mode == 0711);
    CHECK_THROWS_WITH(tree.put("/d", file()), ContainsSubstring("not empty"));
    CHECK_THROWS_AS(tree.put("/", file()), Error);
    tree.put("/", directory(0555));
    CHECK(tree.inode(Tree::root).mode == 0555);
    CHECK_THROWS_WITH(tree.put("/d/x/y", file()), ContainsSubstring("x is not a directory"));
    tree.put("/e", directory());
    tree.put("/e", file("was empty"));
    CHECK(tree.read("/e") == "was empty");
    tree.put("/e", directory());
    tree.put("/e/f", file());
    CHECK(paths(tree) == Paths{"/", "/d", "/d/x", "/e", "/e/f"});
    CHECK(tree.size() == 5);
}

TEST_CASE("names that no file can have") {
    Tree tree;
    const std::string nul("a\0b", 3);
    CHECK_THROWS_AS(tree.put("/x/" + nul, file()), Error);
    CHECK_THROWS_AS(tree.put("/x/..", file()), Error);
    CHECK_THROWS_AS(tree.put("/" + std::string(256, 'n'), file()), Error);
    CHECK_THROWS_AS(tree.put_child(Tree::root, "", file()), Error);
    CHECK_THROWS_AS(tree.put_child(Tree::root, "a/b", file()), Error);
    CHECK_THROWS_AS(tree.put_child(tree.put("/f", file()), "x", file()), Error);
    tree.put("/" + std::string(255, 'n'), file());
    CHECK_FALSE(tree.find(nul));
}

TEST_CASE("hard links") {
    Tree tree;
    tree.put("/a", file("1"));
    tree.put("/s", symlink("a"));
    tree.put("/dir", directory());
    const InodeId id = tree.link("/a", "/new/b");
    CHECK(id == tree.find("/a"));
    CHECK(tree.links(id) == 2);
    CHECK(tree.size() == 5);
    tree.put("/a", file("2"));
    CHECK(tree.read("/new/b") == "1");
    CHECK(tree.links(id) == 1);
    CHECK(tree.link("/new/b", "/new/b") == id);
    CHECK(tree.links(id) == 1);
    CHECK(tree.inode(tree.link("/s", "/t")).type == FileType::symlink);
    CHECK_THROWS_AS(tree.link("/nothing", "/c"), Error);
    CHECK_THROWS_AS(tree.link("/dir", "/c"), Error);
    CHECK_THROWS_AS(tree.link("/a", "/new"), Error);
    CHECK_THROWS_AS(tree.link("/a", "/"), Error);
    tree.link("/a", "/dir");
    CHECK(tree.read("/dir") == "2");
}

TEST_CASE("remove takes what is below along") {
    Tree tree;
    tree.put("/a/b/c", file("1"));
    tree.put("/keep", symlink("a"));
    tree.link("/a/b/c", "/other");
    tree.put("/a/d", file());
    CHECK(tree.remove("/a"));
    CHECK(paths(tree) == Paths{"/", "/keep", "/other"});
    CHECK(tree.size() == 3);
    CHECK(tree.links(*tree.find("/other")) == 1);
    CHECK_FALSE(tree.remove("/a"));
    CHECK_FALSE(tree.remove("/not/there"));
    CHECK_THROWS_AS(tree.remove("/"), Error);
    CHECK(tree.remove("/keep"));
    CHECK(tree.read("/other") == "1");
    CHECK(tree.remove("/other"));
    CHECK(tree.size() == 1);
}

TEST_CASE("a copy is a value of its own") {
    Tree tree;
    tree.put("/b", file("1"));
    tree.put("/a", file("2"));
    Tree copy = tree;
    copy.put("/c", file());
    copy.inode(*copy.find("/a")).mode = 0;
    CHECK(paths(tree) == Paths{"/", "/a", "/b"});
    CHECK(tree.inode(*tree.find("/a")).mode == 0644);
    CHECK(copy.read("/b") == "1");
    copy = tree;
    CHECK(difference(tree, copy) == "");
    const Tree moved = std::move(copy);
    CHECK(difference(tree, moved) == "");
}

TEST_CASE("a deep tree neither overflows the stack nor takes long") {
    Tree tree;
    InodeId at = Tree::root;
    for (int i = 0; i < 20'000; ++i)
        at = tree.put_child(at, "d", directory());
    std::size_t longest = 0;
    tree.walk(
        [&](const std::string& path, InodeId, bool) { longest = std::max(longest, path.size()); });
    CHECK(longest == 40'000);
    CHECK(tree.remove("/d"));
    CHECK(tree.size() == 1);
}
