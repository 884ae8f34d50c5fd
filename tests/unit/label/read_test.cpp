#include "selns/label/apply.hpp"
#include "support/catch.hpp"

using namespace selns;

namespace {

tree::Inode text_file(std::string text) {
    tree::Inode inode;
    inode.content = tree::Content::bytes(std::move(text));
    return inode;
}

tree::Inode symlink(std::string target) {
    tree::Inode inode;
    inode.type = tree::FileType::symlink;
    inode.target = std::move(target);
    return inode;
}

} // namespace

TEST_CASE("The image's specifications are read as text, in libselinux's order") {
    tree::Tree tree;
    const std::string files = "/etc/selinux/default/contexts/files/file_contexts";
    tree.put(files, text_file("main"));
    tree.put(files + ".bin", text_file("binary"));
    tree.put(files + ".local", text_file("local"));
    tree.put(files + ".homedirs", text_file("homedirs"));
    tree.put(files + ".subs_dist", text_file("dist"));
    const auto read = label::read_specifications(tree, "/etc/selinux/default/contexts");
    REQUIRE(read.files.size() == 3);
    CHECK(read.files[0].name == files);
    CHECK(read.files[0].text == "main");
    CHECK(read.files[1].text == "homedirs");
    CHECK(read.files[2].text == "local");
    CHECK_FALSE(read.subs.has_value());
    REQUIRE(read.subs_dist.has_value());
    CHECK(read.subs_dist->text == "dist");
}

TEST_CASE("A symlink leads nowhere but into the image") {
    tree::Tree tree;
    tree.put("/etc/selinux/default", symlink("/usr/share/policy"));
    tree.put("/usr/share/policy/contexts/files/file_contexts", symlink("../../../../../../real"));
    tree.put("/real", text_file("inside"));
    const auto read = label::read_specifications(tree, "/etc/selinux/default/contexts");
    REQUIRE(read.files.size() == 1);
    CHECK(read.files[0].text == "inside");
}

TEST_CASE("An image without file contexts") {
    const tree::Tree tree;
    try {
        label::read_specifications(tree, "/etc/selinux/default/contexts");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_THAT(error.what(), ContainsSubstring("no file contexts at /etc/selinux/default"));
    }
}
