#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

using namespace selns;
using namespace selns::tree;

TEST_CASE("a root directory is taken as it is") {
    const test::TempDir dir;
    const auto file = dir.write("etc/file", "text");
    ::chmod(file.c_str(), 04711);
    std::filesystem::create_hard_link(file, dir.path() / "etc/same");
    std::filesystem::create_symlink("/nowhere", dir.path() / "etc/link");
    const struct timespec times[2] = {{1000, 5}, {1000, 5}};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
    const bool xattrs = ::setxattr(file.c_str(), "user.note", "x", 1, 0) == 0;
    const bool owned = ::chown((dir.path() / "etc").c_str(), 5, 6) == 0;

    const Tree tree = read_root(dir.path());
    const Inode& inode = tree.inode(*tree.find("/etc/file"));
    CHECK(inode.mode == 04711);
    CHECK(inode.mtime == Timestamp{1000, 5});
    CHECK(inode.uid == 0);
    CHECK(tree.read("/etc/file") == "text");
    CHECK(tree.find("/etc/same") == tree.find("/etc/file"));
    CHECK(tree.inode(*tree.find("/etc/link", false)).target == "/nowhere");
    if (xattrs)
        CHECK(inode.xattrs.at("user.note") == "x");
    if (owned)
        CHECK(tree.inode(*tree.find("/etc")).gid == 6);
}

TEST_CASE("of a root directory's devices, those of every /dev are taken; sockets are left out") {
    const test::TempDir dir;
    std::filesystem::create_directory(dir.path() / "dev");
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (dir.path() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    CHECK(read_root(dir.path()).size() == 2);
    if (::mknod((dir.path() / "dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {
        WARN("skipped: no devices can be made here");
        return;
    }
    const Tree tree = read_root(dir.path());
    CHECK(tree.inode(*tree.find("/dev/null")).minor == 3);
    REQUIRE(::mknod((dir.path() / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK_THROWS_WITH(read_root(dir.path()), ContainsSubstring("a device, other than"));
}
