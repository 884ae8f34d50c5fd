// GNU tar as the oracle: what it restores of our tar is what the tree says, and the other way.
#include "describe.hpp"
#include "generate.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/tree/small.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>

using namespace selns;
using namespace selns::tree;
using selns::test::difference;
using selns::test::run;
using selns::test::TempDir;

namespace {

// Version 2, cap_net_raw permitted, as the kernel stores it.
const std::string
    capability("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
               20);

std::map<std::string, std::string> xattrs_of(const std::string& path) {
    std::map<std::string, std::string> all;
    std::array<char, 65536> names{};
    const ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
    for (ssize_t at = 0; at < size;) {
        const std::string name = names.data() + at;
        at += static_cast<ssize_t>(name.size()) + 1;
        std::string value(65536, '\0');
        const ssize_t got = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
        value.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        all[name] = value;
    }
    return all;
}

// The tree, as a directory of this machine is; with owners, devices, xattrs and hard links.
void check_restored(const Tree& tree, const std::string& top) {
    std::map<InodeId, ino_t> inodes;
    tree.walk([&](const std::string& path, InodeId id, bool first) {
        CAPTURE(path);
        const Inode& inode = tree.inode(id);
        struct stat status {};
        REQUIRE(::lstat((top + path).c_str(), &status) == 0);
        if (first)
            inodes[id] = status.st_ino;
        CHECK(inodes.at(id) == status.st_ino);
        CHECK(status.st_mode == (type_bits(inode.type) | inode.mode));
        CHECK(status.st_uid == inode.uid);
        CHECK(status.st_gid == inode.gid);
        CHECK(status.st_mtim.tv_sec == inode.mtime.seconds);
        CHECK(status.st_mtim.tv_nsec == static_cast<long>(inode.mtime.nanoseconds));
        auto expected = inode.xattrs;
        if (!inode.context.empty())
            expected["security.selinux"] = inode.context + '\0';
        CHECK(xattrs_of(top + path) == expected);
        if (inode.type == FileType::character || inode.type == FileType::block)
            CHECK(status.st_rdev == ::makedev(inode.major, inode.minor));
        if (inode.type == FileType::regular)
            CHECK(read_file(top + path) == inode.content.str());
        if (inode.type == FileType::symlink)
            CHECK(std::filesystem::read_symlink(top + path).string() == inode.target);
    });
}

// Without what this machine or GNU tar cannot do: user.* xattrs on some file systems, hard links
// of devices.
Tree restorable(std::uint32_t seed) {
    Tree tree = selns::test::generate_tree(seed, 120);
    tree.inode(Tree::root).mode = 0755;
    std::vector<std::string> unwanted;
    tree.walk([&](const std::string& path, InodeId id, bool first) {
        Inode& inode = tree.inode(id);
        inode.xattrs.clear();
        inode.mtime.seconds %= 1'500'000'000;
        if (inode.type == FileType::regular)
            inode.xattrs["security.capability"] = capability;
        else if (inode.type != FileType::symlink && !first)
            unwanted.push_back(path);
    });
    for (const std::string& path : unwanted)
        tree.remove(path);
    return tree;
}

bool can_label(const std::filesystem::path& dir) {
    const std::string file = (dir / "probe").string();
    write_file(file, "");
    const bool ok =
        ::getuid() == 0 && ::setxattr(file.c_str(), "security.selinux", "a:b:c:s0", 9, 0) == 0;
    std::filesystem::remove(file);
    return ok;
}

} // namespace

TEST_CASE("GNU tar restores what the tree says") {
    const TempDir dir;
    if (!can_label(dir.path())) {
        WARN("needs root and a file system with security xattrs");
        return;
    }
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        const Tree tree = restorable(seed);
        const std::string top = (dir.path() / std::to_string(seed)).string();
        std::filesystem::create_directory(top);
        const Fd fd(::open((top + ".tar").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        write_tar(tree, [&](std::string_view bytes) { write_all(fd.get(), bytes); });
        // It calls hdrcharset unknown, which marks the names that are not UTF-8.
        REQUIRE(run("tar --warning=no-unknown-keyword --xattrs --xattrs-include='*' -xpf " + top +
                    ".tar -C " + top));
        check_restored(tree, top);

        // And back: what it packs of the restored files is the same tree.
        REQUIRE(run("tar --xattrs --xattrs-include='*' --numeric-owner --sparse --format=pax -cf " +
                    top + ".again -C " + top + " ."));
        CHECK(difference(tree, read_archive(top + ".again")) == "");
    }
}

TEST_CASE("sparse files and every dialect of tar") {
    const TempDir dir;
    const std::string top = dir.path().string();
    REQUIRE(run(
        "cd " + top + R"( && mkdir d && cd d && printf begin > hole && truncate -s 3000000 hole &&
        printf end >> hole && truncate -s 5000000 all && mkdir -p )" +
        std::string(90, 'x') + "/" + std::string(90, 'y') + " && ln hole " + std::string(90, 'x') +
        "/" + std::string(90, 'y') + "/name && ln -s " + std::string(150, 't') +
        " link && printf plain > plain && touch -d @1700000000 * . */*"));
    std::string expected = "begin";
    expected.resize(3'000'000);
    expected += "end";
    const std::vector<std::string> dialects = {"--format=pax",
                                               "--format=gnu",
                                               "--sparse --format=gnu",
                                               "--sparse --sparse-version=0.0 --format=pax",
                                               "--sparse --sparse-version=0.1 --format=pax",
                                               "--sparse --sparse-version=1.0 --format=pax"};
    for (const std::string& dialect : dialects) {
        for (const std::string filter : {"cat", "gzip -1"}) {
            CAPTURE(dialect, filter);
            REQUIRE(run("tar " + dialect + " -C " + top + "/d -cf - . | " + filter + " > " + top +
                        "/t"));
            const Tree tree = read_archive(top + "/t");
            CHECK(tree.read("/hole") == expected);
            CHECK(tree.read("/all") == std::string(5'000'000, '\0'));
            CHECK(tree.read("/plain") == "plain");
            CHECK(tree.inode(*tree.find("/link", false)).target == std::string(150, 't'));
            CHECK(tree.links(*tree.find("/hole")) == 2);
        }
    }
}

TEST_CASE("cpio with hard links") {
    const TempDir dir;
    const std::string top = dir.path().string();
    for (const std::string format : {"newc", "odc", "crc"}) {
        CAPTURE(format);
        REQUIRE(run("cd " + top +
                    " && rm -rf d && mkdir d && cd d && printf content > a && ln a b && ln a c && "
                    "printf other > z && "
                    "{ command -v cpio >/dev/null || exit 1; } && find . | LC_ALL=C sort | cpio "
                    "--quiet -o -H " +
                    format + " > ../t"));
        const Tree tree = read_archive(top + "/t");
        CHECK(tree.read("/a") == "content");
        CHECK(tree.read("/c") == "content");
        CHECK(tree.read("/z") == "other");
        CHECK(tree.links(*tree.find("/b")) == 3);
    }
}
