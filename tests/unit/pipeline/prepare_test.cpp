#include "selns/base/error.hpp"
#include "selns/pipeline/prepare.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>

using namespace selns;

namespace {

void put(tree::Tree& tree, const std::string& path, std::string text, std::uint16_t mode = 0644) {
    tree::Inode inode;
    inode.mode = mode;
    inode.content = tree::Content::bytes(std::move(text));
    tree.put(path, std::move(inode));
}

recipe::File file(recipe::Path source, std::string target) {
    recipe::File entry;
    entry.source = recipe::Located<recipe::Path>{std::move(source), {"web.yaml", 4, 2}};
    entry.target = std::move(target);
    entry.at = {"web.yaml", 4, 2};
    return entry;
}

} // namespace

TEST_CASE("files of a recipe become a tree owned by root") {
    const test::TempDir dir;
    dir.write("overlay/etc/a", "A");
    const auto tool = dir.write("tool", "#!/bin/sh\n");
    std::filesystem::permissions(tool, static_cast<std::filesystem::perms>(0755));
    recipe::Recipe recipe;
    recipe.files = {file(dir.path() / "overlay", "/"), file(tool, "/usr/bin/"),
                    file(tool, "/usr/bin/other")};
    recipe.files[2].mode = 0700;
    recipe::File text;
    text.content = "motd\n";
    text.target = "/etc/motd";
    recipe.files.push_back(text);

    const tree::Tree overlay = pipeline::files_overlay(recipe, {42, 0});
    CHECK(overlay.read("/etc/a") == "A");
    CHECK(overlay.read("/etc/motd") == "motd\n");
    const auto& inode = overlay.inode(*overlay.find("/usr/bin/tool"));
    CHECK(inode.mode == 0755);
    CHECK(inode.uid == 0);
    CHECK(inode.mtime.seconds == 42);
    CHECK(overlay.inode(*overlay.find("/usr/bin/other")).mode == 0700);
    CHECK(overlay.inode(*overlay.find("/etc/motd")).mode == 0644);
}

TEST_CASE("a later file that cannot be put names its place in the recipe") {
    const test::TempDir dir;
    recipe::Recipe recipe;
    recipe.files = {file(dir.write("a", ""), "/etc/x"), file(dir.write("b", ""), "/etc/x/y")};
    CHECK_THROWS_WITH(pipeline::files_overlay(recipe, {}), ContainsSubstring("web.yaml:4:2: "));
}

TEST_CASE("the system's own settings") {
    tree::Tree rootfs;
    put(rootfs, "/etc/shadow", "daemon:*:1::\nroot:*:19000:0:99999:7:::\n", 0640);
    recipe::Recipe recipe;
    recipe.hostname = "web";
    recipe.images = {{&image::format("ext4"), {}, {}}};
    SECTION("no password") {
        pipeline::configure(rootfs, recipe, {7, 0});
        CHECK_THAT(rootfs.read("/etc/shadow").value(), ContainsSubstring("root:*:19000"));
        CHECK(rootfs.inode(*rootfs.find("/lost+found")).mode == 0700);
        CHECK(rootfs.read("/etc/hostname") == "web\n");
    }
    SECTION("a hash") {
        recipe.root_password = {recipe::RootPassword::Kind::hash, "$6$x$y"};
        pipeline::configure(rootfs, recipe, {7, 0});
        CHECK(rootfs.read("/etc/shadow") == "daemon:*:1::\nroot:$6$x$y:19000:0:99999:7:::\n");
        CHECK(rootfs.inode(*rootfs.find("/etc/shadow")).mode == 0640);
    }
    SECTION("empty") {
        recipe.root_password = {recipe::RootPassword::Kind::empty, ""};
        recipe.images = {{&image::format("tar"), {}, {}}};
        pipeline::configure(rootfs, recipe, {7, 0});
        CHECK_THAT(rootfs.read("/etc/shadow").value(), ContainsSubstring("root::19000"));
        CHECK_FALSE(rootfs.find("/lost+found"));
    }
    SECTION("no line for root") {
        put(rootfs, "/etc/shadow", "daemon:*:1::\n");
        recipe.root_password = {recipe::RootPassword::Kind::empty, ""};
        CHECK_THROWS_AS(pipeline::configure(rootfs, recipe, {}), Error);
    }
}

TEST_CASE("the newest time of a tree") {
    tree::Tree tree;
    tree::Inode inode;
    inode.mtime = {5, 3};
    tree.put("/a/b", inode);
    inode.mtime = {5, 9};
    tree.put("/a/c", inode);
    CHECK(pipeline::newest_mtime(tree) == tree::Timestamp{5, 9});
}
