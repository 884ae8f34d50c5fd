#include "support/catch.hpp"
#include "unit/image/trees.hpp"

using namespace selns;
using namespace selns::test;

namespace {

using Lines = std::vector<std::string>;

tree::Tree sample() {
    tree::Tree tree = tree_with_lost_found();
    tree.put("/a", file("text"));
    tree.put("/a.b", file(""));
    tree.put("/dir/x", file("x"));
    tree.put("/dir.d/y", file("y"));
    tree.put("/link", symlink("a"));
    tree.put("/null", node(tree::FileType::character, 1, 3));
    tree.link("/a", "/hard");
    return tree;
}

Lines against_sample(const tree::Tree& actual) {
    return image::compare(sample(), actual);
}

} // namespace

TEST_CASE("a tree does not differ from itself") {
    CHECK(against_sample(sample()) == Lines{});
}

TEST_CASE("each difference has its line") {
    tree::Tree tree = sample();
    const auto inode = [&tree](const char* path) -> tree::Inode& {
        return tree.inode(tree.find(path, false).value());
    };
    SECTION("missing and unexpected") {
        tree.remove("/dir");
        tree.remove("/a.b");
        tree.put("/new/one/two", file(""));
        CHECK(against_sample(tree) == Lines{"/a.b: missing", "/dir: missing, with 1 names below",
                                            "/new: unexpected, with 2 names below"});
    }
    SECTION("type") {
        tree.remove("/link");
        tree.put("/link", file("a"));
        CHECK(against_sample(tree) == Lines{"/link: type: expected a symlink, found a file"});
    }
    SECTION("mode, owner, time, size") {
        inode("/a.b").mode = 04755;
        inode("/a.b").gid = 7;
        inode("/a.b").mtime = {60, 5};
        inode("/dir/x").content = tree::Content::bytes("xx");
        CHECK(against_sample(tree) ==
              Lines{"/a.b: mode: expected 0644, found 4755", "/a.b: owner: expected 0:0, found 0:7",
                    "/a.b: modification time: expected 1970-01-01T00:00:00Z, found "
                    "1970-01-01T00:01:00Z",
                    "/dir/x: size: expected 1, found 2"});
    }
    SECTION("nanoseconds do not count") {
        inode("/a").mtime.nanoseconds = 5;
        CHECK(against_sample(tree) == Lines{});
    }
    SECTION("target and device") {
        inode("/link").target = "b\n";
        inode("/null").minor = 5;
        CHECK(against_sample(tree) == Lines{"/link: target: expected a, found b\\x0a",
                                            "/null: device: expected 1:3, found 1:5"});
    }
    SECTION("context and attributes") {
        inode("/lost+found").context = "";
        inode("/a.b").xattrs["user.new"] = "x";
        CHECK(
            against_sample(tree) ==
            Lines{"/a.b: attribute user.new is unexpected",
                  "/lost+found: context: expected system_u:object_r:lost_found_t:s0, found none"});
    }
    SECTION("hard links") {
        tree.remove("/hard");
        tree.put("/hard", file("text"));
        CHECK(against_sample(tree) == Lines{"/hard: is no hard link to /a"});
        tree.remove("/a.b");
        tree.link("/null", "/a.b");
        CHECK(against_sample(tree).size() >= 2);
    }
}

TEST_CASE("an attribute's absence and change are told apart") {
    tree::Tree expected = sample();
    tree::Tree actual = sample();
    expected.inode(expected.find("/a").value()).xattrs = {{"user.one", "1"}, {"user.two", "2"}};
    actual.inode(actual.find("/a").value()).xattrs = {{"user.two", "3"}};
    CHECK(image::compare(expected, actual) ==
          Lines{"/a: attribute user.one is missing", "/a: attribute user.two has another value"});
}

TEST_CASE("no more lines than asked for") {
    CHECK(image::compare(sample(), random_tree(1), 3).size() == 3);
    CHECK(image::compare(sample(), random_tree(1)).size() == 20);
}
