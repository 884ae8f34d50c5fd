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

TEST_CASE("A root of ostree has rules of its own") {
    tree::Tree tree;
    tree.put("/usr/etc/selinux/default/contexts/files/file_contexts",
             text_file("/.* a:b:default_t\n/etc/.* a:b:etc_t\n/usr/.* a:b:usr_t\n"
                       "/usr/bin/.* a:b:bin_t\n"));
    const auto contexts = "/usr/etc/selinux/default/contexts";
    const std::vector<std::pair<std::string, std::string>> expected{
        {"/usr/etc/passwd", "a:b:etc_t"}, {"/usr/etc", "a:b:default_t"},
        {"/usr/etcetera", "a:b:usr_t"},   {"/sysroot", "a:b:default_t"},
        {"/sysroot/ostree/repo/x", ""},   {"/ostree/repo/objects/00/x.file", ""},
        {"/usr/bin/sh", "a:b:bin_t"},     {"/ostree", "a:b:default_t"}};
    const auto context_of = [&](const label::Matcher& matcher, const std::string& path) {
        return matcher.find(path, 0)->context;
    };
    {
        const label::Matcher usual(label::read_specifications(tree, contexts));
        CHECK(context_of(usual, "/usr/etc/passwd") == "a:b:usr_t");
        CHECK(context_of(usual, "/sysroot/ostree/repo/x") == "a:b:default_t");
    }
    tree.put("/ostree", symlink("sysroot/ostree"));
    const label::Matcher matcher(label::read_specifications(tree, contexts));
    for (const auto& [path, context] : expected) {
        CAPTURE(path);
        CHECK(context_of(matcher, path) == context);
    }
    SECTION("the policy's own equivalences come first") {
        tree.put(std::string(contexts) + "/files/file_contexts.subs_dist",
                 text_file("/usr/etc /usr/bin\n"));
        const label::Matcher own(label::read_specifications(tree, contexts));
        CHECK(context_of(own, "/usr/etc/passwd") == "a:b:bin_t");
    }
    SECTION("the name outside of the repository decides about a hard link") {
        tree.put("/ostree/repo/objects/00/x.file", text_file("x"));
        tree.put("/ostree/repo/objects/00/y.file", text_file("y"));
        tree.link("/ostree/repo/objects/00/x.file", "/usr/bin/sh");
        const auto report = label::apply(tree, matcher, [](const std::string&) { return true; });
        CHECK(report.hardlink.total == 0);
        CHECK(report.none.total == 0);
        CHECK(tree.inode(*tree.find("/usr/bin/sh")).context == "a:b:bin_t");
        CHECK(tree.inode(*tree.find("/ostree/repo/objects/00/y.file")).context.empty());
    }
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
