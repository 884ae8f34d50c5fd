// What others say about our images, and what we make of theirs.
#include "selns/base/error.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <set>

using namespace selns;
using namespace selns::test;

namespace {

constexpr const char* context = "system_u:object_r:shadow_t:s0";

bool done(std::vector<std::string> argv) {
    const Interrupt never;
    process::Command command;
    command.argv = std::move(argv);
    return process::SystemRunner(never).run(command).ok();
}

// What asks this machine's mke2fs for a file system of revision 0.
std::vector<std::string> revision_0(const std::string& image) {
    if (done({"mke2fs", "-q", "-F", "-r", "0", image, "8M"}))
        return {"-t", "ext2", "-r", "0"};
    return {"-t", "ext2", "-E", "revision=0"}; // since e2fsprogs 1.47.1
}

// IMAGE mounted read-only through a loop device, where that is possible.
class Mounted {
  public:
    Mounted(const std::filesystem::path& image, const std::filesystem::path& at) : at_(at) {
        std::filesystem::create_directory(at);
        mounted_ = ::geteuid() == 0 &&
                   done({"mount", "-t", "ext4", "-o", "loop,ro", image.string(), at.string()});
    }
    ~Mounted() {
        if (mounted_)
            done({"umount", at_.string()});
    }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;
    explicit operator bool() const { return mounted_; }

  private:
    std::filesystem::path at_;
    bool mounted_ = false;
};

std::map<std::string, std::string> xattrs_of(const std::string& path) {
    std::string names(65536, '\0');
    const ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
    REQUIRE(size >= 0);
    names.resize(static_cast<std::size_t>(size));
    std::map<std::string, std::string> result;
    for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
        const std::string name = names.c_str() + at;
        std::string value(65536, '\0');
        const ssize_t length = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
        REQUIRE(length >= 0);
        value.resize(static_cast<std::size_t>(length));
        result[name] = value;
    }
    return result;
}

void check_mounted(const std::string& path, const tree::Inode& inode, std::uint32_t links) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK(status.st_mode == (type_bits(inode.type) | inode.mode));
    CHECK(status.st_uid == inode.uid);
    CHECK(status.st_gid == inode.gid);
    CHECK(status.st_mtim.tv_sec == inode.mtime.seconds);
    CHECK(static_cast<std::uint32_t>(status.st_mtim.tv_nsec) == inode.mtime.nanoseconds);
    CHECK(status.st_rdev == ::makedev(inode.major, inode.minor));
    if (inode.type != tree::FileType::directory)
        CHECK(status.st_nlink == links);
    if (inode.type == tree::FileType::regular)
        CHECK(read_text(path) == inode.content.str());
    if (inode.type == tree::FileType::symlink)
        CHECK(std::filesystem::read_symlink(path).string() == inode.target);
    auto expected = inode.xattrs;
    expected["security.selinux"] = inode.context + '\0';
    CHECK(xattrs_of(path) == expected);
}

std::filesystem::path directory_on_disk(const TempDir& temp) {
    temp.write("d/etc/hostname", "web\n");
    temp.write("d/empty", "");
    temp.write("d/large", std::string(300000, 'L'));
    temp.write("d/short", "a few bytes that fit into an inode");
    temp.write("d/medium", std::string(100, 'm'));
    for (int i = 0; i < 200; ++i)
        temp.write(fmt::format("d/many/a-name-of-some-length-{}", i), "");
    std::filesystem::create_symlink("etc/hostname", temp.path() / "d/link");
    std::filesystem::create_symlink(std::string(80, 's'), temp.path() / "d/long-link");
    std::filesystem::create_hard_link(temp.path() / "d/large", temp.path() / "d/hard");
    return temp.path() / "d";
}

void check_content(const tree::Tree& tree) {
    CHECK(tree.read("/etc/hostname") == "web\n");
    CHECK(tree.read("/link") == "web\n");
    CHECK(tree.read("/empty") == "");
    CHECK(tree.read("/hard") == std::string(300000, 'L'));
    CHECK(tree.read("/short") == "a few bytes that fit into an inode");
    CHECK(tree.read("/medium") == std::string(100, 'm'));
    CHECK(tree.find("/hard") == tree.find("/large"));
    CHECK(tree.links(tree.find("/hard").value()) == 2);
    CHECK(tree.inode(tree.find("/long-link", false).value()).target == std::string(80, 's'));
    CHECK(tree.names(tree.find("/many").value()).size() == 200);
}

} // namespace

TEST_CASE("debugfs sees labels, capabilities and metadata") {
    const TempDir temp;
    const auto image = temp.path() / "image";
    tree::Tree tree = tree_with_lost_found();
    tree::Inode shadow = file("secret", 0640);
    shadow.context = context;
    shadow.uid = 70000;
    shadow.gid = 42;
    shadow.mtime = {4294967297, 5};
    tree.put("/etc/shadow", shadow);
    tree::Inode ping = file("binary", 04755);
    ping.context = "system_u:object_r:ping_exec_t:s0";
    ping.xattrs["security.capability"] =
        std::string("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    ping.xattrs["user.note"] = "hello";
    tree.put("/usr/bin/ping", ping);
    write_image(tree, image);

    CHECK_THAT(debugfs(image, "ea_get /etc/shadow security.selinux"),
               ContainsSubstring(fmt::format("security.selinux ({}) = \"{}\\000\"",
                                             std::string(context).size() + 1, context)));
    const std::string stat = debugfs(image, "stat /etc/shadow");
    CHECK_THAT(stat, ContainsSubstring("Mode:  0640"));
    CHECK_THAT(stat, ContainsSubstring("User: 70000   Group:    42"));
    CHECK_THAT(stat, ContainsSubstring("mtime: 0x00000001:00000015"));
    CHECK_THAT(stat, ContainsSubstring("atime: 0x6553f100"));
    const std::string list = debugfs(image, "ea_list /usr/bin/ping");
    CHECK_THAT(list, ContainsSubstring("security.selinux (33)"));
    CHECK_THAT(list, ContainsSubstring("security.capability (20) = 01 00 00 02 00 20"));
    CHECK_THAT(list, ContainsSubstring("user.note (5) = \"hello\""));
    CHECK_THAT(debugfs(image, "ea_list /lost+found"), ContainsSubstring("lost_found_t"));
    CHECK_THAT(debugfs(image, "ea_list /"), ContainsSubstring("root_t"));
}

TEST_CASE("the kernel sees the tree that was written") {
    const TempDir temp;
    const auto image = temp.path() / "image";
    const tree::Tree tree = random_tree(7);
    write_image(tree, image);
    const auto root = temp.path() / "mnt";
    const Mounted mounted(image, root);
    if (!mounted) {
        WARN("skipped: no loop mounts here");
        return;
    }
    tree.walk([&](const std::string& path, tree::InodeId id, bool) {
        const tree::Inode& inode = tree.inode(id);
        const std::string real = root.string() + path;
        INFO(path);
        check_mounted(real, inode, tree.links(id));
        if (inode.type != tree::FileType::directory)
            return;
        std::set<std::string> expected;
        for (const tree::Name& name : tree.names(id))
            expected.insert(name.name);
        std::set<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(real))
            found.insert(entry.path().filename().string());
        CHECK(found == expected);
    });
}

TEST_CASE("the kernel finds names in the hash trees of large directories") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    tree.put("/file", file("x"));
    for (int i = 0; i < 9000; ++i)
        tree.link("/file", fmt::format("/long/\xe4{:0254}", i));
    for (int i = 0; i < 3000; ++i)
        tree.link("/file", fmt::format("/short/{}", i));
    write_image(tree, temp.path() / "image");
    const Mounted mounted(temp.path() / "image", temp.path() / "mnt");
    if (!mounted) {
        WARN("skipped: no loop mounts here");
        return;
    }
    std::size_t missing = 0;
    tree.walk([&](const std::string& path, tree::InodeId, bool) {
        missing += ::access((temp.path().string() + "/mnt" + path).c_str(), F_OK) == 0 ? 0 : 1;
    });
    CHECK(missing == 0);
}

TEST_CASE("images that mke2fs fills are read in all their forms") {
    const TempDir temp;
    const std::string image = (temp.path() / "image").string();
    const std::vector<std::vector<std::string>> forms{
        {"-t", "ext4"},
        {"-t", "ext4", "-O", "inline_data"},
        {"-t", "ext4", "-O", "bigalloc"},
        {"-t", "ext4", "-O", "^metadata_csum,^64bit,^flex_bg,meta_bg,^resize_inode"},
        {"-t", "ext3"},
        {"-t", "ext2", "-b", "1024", "-I", "128"},
        {"-t", "ext4", "-b", "2048", "-I", "1024"},
        revision_0(image),
    };
    const auto directory = directory_on_disk(temp);
    for (const auto& form : forms) {
        INFO(fmt::format("{} {}", form[1], form.back()));
        std::vector<std::string> argv{"mke2fs", "-q", "-F"};
        argv.insert(argv.end(), form.begin(), form.end());
        for (const std::string& word : {std::string("-d"), directory.string(), image})
            argv.push_back(word);
        argv.emplace_back("32M");
        std::filesystem::remove(image);
        run(argv);
        check_content(image::read_ext4(image));
    }
}

TEST_CASE("attributes in inodes of their own, and ACLs") {
    const TempDir temp;
    const auto image = (temp.path() / "image").string();
    const auto directory = directory_on_disk(temp);
    run({"mke2fs", "-q", "-F", "-t", "ext4", "-O", "ea_inode", "-d", directory.string(), image,
         "32M"});
    const std::string large(5000, 'v');
    // user::rw- user:1000:r-- group::r-- mask::r-- other::---
    const std::string acl("\2\0\0\0"
                          "\1\0\6\0\377\377\377\377"
                          "\2\0\4\0\350\3\0\0"
                          "\4\0\4\0\377\377\377\377"
                          "\20\0\4\0\377\377\377\377"
                          "\40\0\0\0\377\377\377\377",
                          44);
    const auto acl_file = temp.write("acl", acl);
    run({"debugfs", "-w", "-R", "ea_set /short user.large " + large, image});
    run({"debugfs", "-w", "-R",
         "ea_set -f " + acl_file.string() + " /short system.posix_acl_access", image});
    const tree::Tree tree = image::read_ext4(image);
    const auto& xattrs = tree.inode(tree.find("/short").value()).xattrs;
    CHECK(xattrs.at("user.large") == large);
    CHECK(xattrs.at("system.posix_acl_access") == acl);

    tree::Tree ours = tree_with_lost_found();
    tree::Inode inode = file("x");
    inode.xattrs["system.posix_acl_access"] = acl;
    ours.put("/acl", inode);
    write_image(ours, temp.path() / "ours");
    CHECK(image::compare(ours, image::read_ext4(temp.path() / "ours")).empty());
    CHECK(e2fsck(temp.path() / "ours") == "");
}

TEST_CASE("space that was allocated but never written reads as zeroes") {
    const TempDir temp;
    const auto image = (temp.path() / "image").string();
    run({"mke2fs", "-q", "-F", "-t", "ext4", "-d", directory_on_disk(temp).string(), image, "32M"});
    run({"debugfs", "-w", "-R", "fallocate /empty 0 3", image});
    run({"debugfs", "-w", "-R", "set_inode_field /empty size 9000", image});
    CHECK(image::read_ext4(image).read("/empty") == std::string(9000, '\0'));
}
