#include "generate.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/tree/small.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

using namespace selns;
using namespace selns::tree;
using selns::test::symlink;
using selns::test::TempDir;
namespace fs = std::filesystem;

namespace {

Inode text(std::string content, std::uint16_t mode = 0644) {
    Inode inode;
    inode.content = Content::bytes(std::move(content));
    inode.mode = mode;
    return inode;
}

void extract_to(const Tree& tree, const std::vector<std::string>& paths,
                const fs::path& directory) {
    const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    extract(tree, paths, fd.get());
}

std::set<std::string> names_below(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        names.insert("/" + fs::relative(entry.path().parent_path(), directory).string() + "/" +
                     entry.path().filename().string());
    return names;
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

} // namespace

TEST_CASE("extract writes what was asked for, the way to it, and nothing else") {
    Tree tree;
    tree.put("/usr/lib/selinux/policy", text("policy", 0400));
    tree.put("/usr/lib/other", text(""));
    tree.put("/lib", symlink("usr/lib"));
    tree.put("/etc/selinux/config", text("config", 04755));
    tree.put("/etc/shadow", text("secret"));
    tree.link("/etc/selinux/config", "/etc/selinux/same");
    Inode closed;
    closed.type = FileType::directory;
    closed.mode = 0500;
    tree.put("/etc/selinux", closed);

    const TempDir dir;
    extract_to(tree, {"/lib/selinux", "/etc/selinux", "/etc/passwd", "/not/there"}, dir.path());
    CHECK(names_below(dir.path()) ==
          std::set<std::string>{"/./usr", "/usr/lib", "/usr/lib/selinux", "/usr/lib/selinux/policy",
                                "/./lib", "/./etc", "/etc/selinux", "/etc/selinux/config",
                                "/etc/selinux/same"});
    CHECK(test::read_text(dir.path() / "lib/selinux/policy") == "policy");
    CHECK(mode_of(dir.path() / "usr/lib/selinux/policy") == 0400);
    CHECK(mode_of(dir.path() / "etc/selinux/config") == 04755);
    CHECK(mode_of(dir.path() / "etc/selinux") == 0500);
    CHECK(fs::hard_link_count(dir.path() / "etc/selinux/config") == 2);
    CHECK_THROWS_AS(extract_to(tree, {"/etc/selinux"}, dir.path()), Error);
}

TEST_CASE("symlinks of the tree lead nothing out") {
    const TempDir outside;
    Tree tree;
    tree.put("/a", symlink(outside.path().string()));
    tree.put("/b", symlink("../../../../../.." + outside.path().string()));
    tree.put("/a/x", text("1"));
    tree.put("/b/y", text("2"));
    const TempDir dir;
    extract_to(tree, {"/"}, dir.path());
    CHECK(names_below(outside.path()).empty());
    CHECK(fs::is_symlink(fs::symlink_status(dir.path() / "a")));
    CHECK(test::read_text(fs::path(dir.path().string() + outside.path().string()) / "x") == "1");
    CHECK(test::read_text(fs::path(dir.path().string() + outside.path().string()) / "y") == "2");
}

TEST_CASE("a directory that somebody put a symlink in is not followed") {
    const TempDir outside;
    const TempDir dir;
    fs::create_directory_symlink(outside.path(), dir.path() / "etc");
    Tree tree;
    tree.put("/etc/x", text("1"));
    CHECK_THROWS_AS(extract_to(tree, {"/"}, dir.path()), Error);
    CHECK(names_below(outside.path()).empty());
}

TEST_CASE("every file of a generated tree is extracted, but for devices and fifos") {
    const Tree tree = test::generate_tree(5, 200);
    const TempDir dir;
    extract_to(tree, {"/"}, dir.path());
    std::size_t expected = 0;
    tree.walk([&](const std::string& path, InodeId id, bool) {
        const Inode& inode = tree.inode(id);
        if (id == Tree::root || inode.type == FileType::character ||
            inode.type == FileType::block || inode.type == FileType::fifo)
            return;
        ++expected;
        CAPTURE(path);
        const fs::path there = dir.path().string() + path;
        if (inode.type == FileType::regular)
            CHECK(read_file(there) == inode.content.str());
        if (inode.type == FileType::symlink)
            CHECK(fs::read_symlink(there).string() == inode.target);
        else
            CHECK(mode_of(there) == inode.mode);
    });
    CHECK(names_below(dir.path()).size() == expected);
}
