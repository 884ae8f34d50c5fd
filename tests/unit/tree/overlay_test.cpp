#include "describe.hpp"
#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace selns;
using namespace selns::tree;
using selns::test::TempDir;

namespace {

constexpr Timestamp when{1'000'000'000, 5};

Inode of_type(FileType type, std::string target = "") {
    Inode inode;
    inode.type = type;
    inode.target = std::move(target);
    inode.mode = 0700;
    return inode;
}

} // namespace

TEST_CASE("a directory becomes a tree that belongs to root") {
    const TempDir dir;
    const auto file = dir.write("etc/app/config", "text");
    dir.write("etc/empty", "");
    std::filesystem::create_symlink("/etc/passwd", dir.path() / "etc/link");
    std::filesystem::create_hard_link(file, dir.path() / "etc/second");
    REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
    REQUIRE(::chmod(file.c_str(), 04751) == 0);

    const Tree tree = read_directory(dir.path(), when);
    CHECK(tree.size() == 8);
    CHECK(tree.read("/etc/app/config") == "text");
    const Inode& config = tree.inode(*tree.find("/etc/app/config"));
    CHECK(config.mode == 04751);
    CHECK(config.uid == 0);
    CHECK(config.gid == 0);
    CHECK(config.mtime == when);
    CHECK(tree.links(*tree.find("/etc/second")) == 1);
    CHECK(tree.inode(*tree.find("/etc/link", false)).target == "/etc/passwd");
    CHECK(tree.inode(*tree.find("/pipe")).type == FileType::fifo);
}

TEST_CASE("a file that changed after its directory was read is an error") {
    const TempDir dir;
    const auto file = dir.write("f", "before");
    const Tree tree = read_directory(dir.path(), when);
    SECTION("grown") {
        dir.write("f", "longer than before");
    }
    SECTION("gone") {
        std::filesystem::remove(file);
    }
    SECTION("a symlink now") {
        std::filesystem::remove(file);
        std::filesystem::create_symlink("/etc/passwd", file);
    }
    CHECK_THROWS_WITH(tree.read("/f"), ContainsSubstring(file.string()));
}

TEST_CASE("what cannot be overlaid") {
    const TempDir dir;
    CHECK_THROWS_WITH(read_directory(dir.path() / "gone", when), ContainsSubstring("gone"));
    CHECK_THROWS_AS(read_directory(dir.write("file", ""), when), Error);
    if (::getuid() == 0 && ::mknod((dir.path() / "null").c_str(), S_IFCHR | 0600, 0x103) == 0)
        CHECK_THROWS_WITH(read_directory(dir.path(), when), ContainsSubstring("null"));
}

TEST_CASE("an overlay adds and replaces files and keeps directories as they are") {
    Tree base;
    base.put("/usr/lib", of_type(FileType::directory));
    base.put("/lib", of_type(FileType::symlink, "usr/lib"));
    base.put("/etc/motd", of_type(FileType::symlink, "/run/motd"));
    base.put("/var/lock", of_type(FileType::symlink, "/run/lock"));

    Tree upper;
    upper.inode(Tree::root).mode = 0777;
    Inode text;
    text.content = Content::bytes("new");
    upper.put("/lib/unit", text);
    upper.put("/etc/motd", text);
    upper.put("/var/lock/a", text);
    upper.link("/lib/unit", "/etc/second");
    upper.put("/etc/new", of_type(FileType::directory));
    overlay(base, upper, "/");

    CHECK(base.inode(Tree::root).mode == 0755);
    CHECK(base.inode(*base.find("/usr/lib")).mode == 0700);
    CHECK(base.inode(*base.find("/lib", false)).type == FileType::symlink);
    CHECK(base.read("/usr/lib/unit") == "new");
    CHECK(base.find("/etc/second") == base.find("/usr/lib/unit"));
    CHECK(base.links(*base.find("/etc/second")) == 2);
    CHECK(base.inode(*base.find("/etc/motd", false)).type == FileType::regular);
    CHECK(base.read("/run/lock/a") == "new");
    CHECK(base.inode(*base.find("/etc/new")).mode == 0700);

    SECTION("at a target that is made") {
        overlay(base, upper, "/srv/www/");
        CHECK(base.read("/srv/www/lib/unit") == "new");
        CHECK(base.inode(*base.find("/srv/www")).mode == 0777);
    }
    SECTION("a directory over a file is refused") {
        CHECK_THROWS_WITH(overlay(base, upper, "/etc/motd"), ContainsSubstring("not a directory"));
    }
    SECTION("a target that goes up stays inside") {
        overlay(base, upper, "/../../opt");
        CHECK(base.read("/opt/etc/motd") == "new");
    }
}
