#include "raw_tar.hpp"
#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

using namespace selns;
using namespace selns::tree;
using selns::test::RawTar;
using selns::test::TempDir;

namespace {

Tree read(const std::string& bytes) {
    const TempDir dir;
    return read_archive(dir.write("hostile.tar", bytes));
}

// Many are read where they are: a sandbox each would take longer than all the rest.
Tree read_here(const std::string& bytes) {
    const TempDir dir;
    archive::Reader reader =
        archive::Reader::in_this_process(open_read(dir.write("hostile.tar", bytes)), "hostile.tar");
    return read_archive(reader, "hostile.tar");
}

// What is said about it; empty when it is taken.
std::string refusal(const std::string& bytes) {
    try {
        read(bytes);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_THAT(error.location().file, ContainsSubstring("hostile.tar"));
        return error.message();
    }
}

std::string long_path(std::size_t size) {
    std::string path;
    while (path.size() + 200 < size)
        path += std::string(199, 'd') + "/";
    return path + std::string(size - path.size(), 'f');
}

} // namespace

TEST_CASE("paths that lead out are refused by name") {
    CHECK(refusal(RawTar().file("../evil", "x").end()) == "entry ../evil: a path with \"..\"");
    CHECK(refusal(RawTar().file("./a/../../evil", "x").end()) ==
          "entry ./a/../../evil: a path with \"..\"");
    CHECK(refusal(RawTar().directory("a/..").end()) == "entry a/..: a path with \"..\"");
    CHECK(refusal(RawTar().directory("..").end()) != "");
    CHECK(refusal(RawTar().file("/etc/passwd", "x").end()) ==
          "entry /etc/passwd: an absolute path");
    CHECK(refusal(RawTar().pax("path", "/etc/passwd").file("harmless", "x").end()) ==
          "entry /etc/passwd: an absolute path");
    CHECK(refusal(RawTar().file("..a/b..", "x").end()).empty());
}

TEST_CASE("an entry below a symlink or a file is refused") {
    CHECK(refusal(RawTar().symlink("a", "/etc").file("a/passwd", "x").end()) ==
          "entry a/passwd: it lies below a, a symbolic link");
    CHECK(refusal(RawTar().directory("d").symlink("d/a", "..").file("d/a/b/c", "x").end()) ==
          "entry d/a/b/c: it lies below d/a, a symbolic link");
    CHECK(refusal(RawTar().file("a", "").file("a/b", "x").end()) ==
          "entry a/b: it lies below a, which is not a directory");
    CHECK(refusal(RawTar().file("f", "").symlink("a", ".").hard_link("a/x", "f").end()) ==
          "entry a/x: it lies below a, a symbolic link");
    CHECK(refusal(RawTar().file("a/b", "").file("a", "x").end()) != "");
    CHECK(refusal(RawTar().file("a/b", "").symlink("a", "/etc").end()) != "");
}

TEST_CASE("hard links lead to an earlier file, and nowhere else") {
    const auto refused = [](RawTar& tar) { return refusal(tar.end()); };
    CHECK(refused(RawTar().hard_link("a", "gone")) ==
          "entry a: a hard link to gone: which is not in the archive before it");
    CHECK(refused(RawTar().hard_link("a", "b").file("b", "x")) ==
          "entry a: a hard link to b: which is not in the archive before it");
    CHECK(refused(RawTar().hard_link("a", "a")) ==
          "entry a: a hard link to a: which is not in the archive before it");
    CHECK(refused(RawTar().directory("d").hard_link("a", "d")) ==
          "entry a: a hard link to d: a directory");
    CHECK(refused(RawTar().hard_link("a", ".")) == "entry a: a hard link to .: a directory");
    CHECK(refused(RawTar().hard_link("a", "/etc/shadow")) ==
          "entry a: a hard link to /etc/shadow: an absolute path");
    CHECK(refused(RawTar().hard_link("a", "../shadow")) ==
          "entry a: a hard link to ../shadow: a path with \"..\"");
    CHECK(refused(RawTar().file("etc/f", "").symlink("s", "etc").hard_link("a", "s/f")) ==
          "entry a: a hard link to s/f: it lies below s, a symbolic link");
    CHECK(refused(RawTar().file("f", "").hard_link("./", "f")) != "");

    const Tree self = read(RawTar().file("a", "x").hard_link("./a", "a").end());
    CHECK(self.read("/a") == "x");
    CHECK(self.links(*self.find("/a")) == 1);
    const Tree both = read(RawTar().symlink("s", "t").hard_link("h", "s").end());
    CHECK(both.find("/h", false) == both.find("/s", false));
}

TEST_CASE("of entries with one name the last counts") {
    const Tree tree = read(RawTar()
                               .file("f", "first")
                               .hard_link("g", "f")
                               .file("./f", "second")
                               .directory("d/")
                               .file("d/x", "1")
                               .header({.name = "d", .type = '5', .mode = "0000700"})
                               .file("s", "file")
                               .symlink("s", "d")
                               .directory("e")
                               .symlink("e", "f")
                               .symlink("l", "f")
                               .directory("l")
                               .end());
    CHECK(tree.read("/f") == "second");
    CHECK(tree.read("/g") == "first");
    CHECK(tree.inode(*tree.find("/d")).mode == 0700);
    CHECK(tree.read("/s/x") == "1");
    CHECK(tree.read("/e") == "second");
    CHECK(tree.inode(*tree.find("/l", false)).type == FileType::directory);
    CHECK(tree.size() == 8);
}

TEST_CASE("odd names are kept as the bytes they are, or refused") {
    const std::string odd = "a\nb\x1b[31m\xff\xfe";
    CHECK(read(RawTar().file(odd, "x").end()).read("/" + odd) == "x");
    CHECK(read(RawTar().pax("path", odd).file("f", "x").end()).read("/" + odd) == "x");
    CHECK(
        refusal(RawTar().hard_link(odd, "gone").end()).starts_with("entry a\\x0ab\\x1b[31m\\xff"));
    CHECK(read(RawTar().file(".//./a//b", "x").end()).read("/a/b") == "x");
    CHECK(read(RawTar().directory("./").end()).size() == 1);
    CHECK(refusal(RawTar().file("", "x").end()) != "");
    CHECK(refusal(RawTar().file("./", "x").end()) != "");
    CHECK(refusal(RawTar().symlink(".", "etc").end()) != "");
    // A pax record may hold a NUL, which no file name can.
    const Tree cut =
        read(RawTar().pax("path", std::string("ok\0../../evil", 13)).file("f", "x").end());
    CHECK(cut.size() == 2);
}

TEST_CASE("long names") {
    const auto with_path = [](const std::string& path) {
        return RawTar().pax("path", path).file("f", "x").end();
    };
    CHECK(read(with_path(long_path(4095))).size() > 20);
    CHECK_THAT(refusal(with_path(long_path(4096))), ContainsSubstring("longer than 4095 bytes"));
    CHECK(refusal(with_path(long_path(60'000))).size() < 1000);
    CHECK_THAT(refusal(with_path(std::string(256, 'n'))),
               ContainsSubstring("longer than 255 bytes"));
    CHECK(read(with_path(std::string(255, 'n'))).size() == 2);
    CHECK_THAT(refusal(RawTar().pax("linkpath", std::string(4096, 'x')).symlink("s", "x").end()),
               ContainsSubstring("target"));
    CHECK_THAT(refusal(RawTar().symlink("s", "").end()), ContainsSubstring("target"));
}

TEST_CASE("sizes that are not true") {
    CHECK_THAT(refusal(RawTar().header({.name = "huge", .size = "77777777777"}).end()),
               ContainsSubstring("entry huge: the archive ends before its content does"));
    CHECK_THAT(refusal(RawTar().pax("size", "9223372036854775807").file("huge", "x").end()),
               ContainsSubstring("huge"));
    CHECK(refusal(RawTar().pax("size", "-1").file("less", "x").end()) != "");
    CHECK_THAT(refusal(RawTar().pax("SCHILY.realsize", "600").file("f", "x").file("g", "y").end()),
               ContainsSubstring("size"));
    CHECK_THAT(
        refusal(RawTar()
                    .pax({{"GNU.sparse.map", "0,1"}, {"GNU.sparse.size", "8000000000000000000"}})
                    .file("sparse", "x")
                    .end()),
        ContainsSubstring("larger together than such an archive"));
}

TEST_CASE("owners and device numbers that are not possible") {
    CHECK_THAT(refusal(RawTar().pax("uid", "4294967295").file("f", "x").end()),
               ContainsSubstring("entry f: the owner 4294967295"));
    CHECK_THAT(refusal(RawTar().pax("gid", "99999999999999").file("f", "x").end()),
               ContainsSubstring("owner"));
    CHECK(read(RawTar().pax("uid", "4294967294").file("f", "x").end()).size() == 2);
    CHECK_THAT(refusal(RawTar().header({.name = "c", .type = '3', .major = "7777777"}).end()),
               ContainsSubstring("device number"));
    const Tree tree =
        read(RawTar()
                 .header({.name = "null", .type = '3', .major = "0000001", .minor = "0000003"})
                 .end());
    CHECK(tree.inode(*tree.find("/null")).type == FileType::character);
    CHECK(tree.inode(*tree.find("/null")).minor == 3);
}

TEST_CASE("extended attributes beyond what Linux allows") {
    CHECK_THAT(
        refusal(
            RawTar().pax("SCHILY.xattr.user.big", std::string(65537, 'x')).file("f", "x").end()),
        ContainsSubstring("extended attribute"));
    CHECK_THAT(
        refusal(
            RawTar().pax("SCHILY.xattr.user." + std::string(251, 'n'), "x").file("f", "x").end()),
        ContainsSubstring("extended attribute"));
    CHECK_THAT(refusal(RawTar()
                           .pax("SCHILY.xattr.security.selinux", std::string("a\0b\0", 4))
                           .file("f", "x")
                           .end()),
               ContainsSubstring("security context"));
    const Tree tree = read(RawTar()
                               .pax("SCHILY.xattr.security.selinux", std::string("a:b:c:s0\0", 9))
                               .file("f", "x")
                               .end());
    CHECK(tree.inode(*tree.find("/f")).context == "a:b:c:s0");
    CHECK(tree.inode(*tree.find("/f")).xattrs.empty());
}

TEST_CASE("what is no archive") {
    CHECK(refusal("") != "");
    CHECK_THAT(refusal(std::string(5000, 'x')), ContainsSubstring("Unrecognized archive format"));
    CHECK(refusal("\x1f\x8b\x08garbage") != "");
    CHECK(read(RawTar().end()).size() == 1);
    const TempDir dir;
    CHECK_THROWS_WITH(read_archive(dir.path()), ContainsSubstring("a directory"));
    CHECK_THROWS_WITH(read_archive(dir.path() / "gone"), ContainsSubstring("gone"));
}

TEST_CASE("an archive that was cut anywhere ends in an error or in fewer files") {
    const std::string whole = RawTar()
                                  .directory("d")
                                  .file("d/a", std::string(3000, 'a'))
                                  .pax("path", "d/" + std::string(150, 'n'))
                                  .file("n", std::string(100, 'b'))
                                  .hard_link("d/c", "d/a")
                                  .end();
    const std::size_t all = read(whole).size();
    for (std::size_t size = 0; size < whole.size(); size += 100) {
        CAPTURE(size);
        try {
            const Tree tree = read_here(whole.substr(0, size));
            CHECK(tree.size() <= all);
            tree.walk(
                [&](const std::string&, InodeId id, bool) { (void)tree.inode(id).content.str(); });
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
        }
    }
    CHECK_THAT(refusal(whole.substr(0, 2048)), ContainsSubstring("d/a"));
}

TEST_CASE("flipped bytes end in an error or in a tree that can be read") {
    const std::string whole =
        RawTar()
            .directory("d")
            .file("d/a", std::string(700, 'a'))
            .pax("SCHILY.xattr.user.x", "value")
            .symlink("s", "d")
            .pax({{"GNU.sparse.map", "0,1,5000,3"}, {"GNU.sparse.size", "6000"}})
            .file("sparse", "abcd")
            .hard_link("h", "d/a")
            .end();
    REQUIRE(read(whole).read("/sparse")->substr(4999) ==
            std::string("\0bcd", 4) + std::string(997, '\0'));
    std::mt19937 random(1);
    int taken = 0;
    for (int round = 0; round < 400; ++round) {
        std::string bytes = whole;
        for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        try {
            const Tree tree = read_here(bytes);
            tree.walk([&](const std::string&, InodeId id, bool) {
                if (tree.inode(id).content.size() < 1U << 20U)
                    (void)tree.inode(id).content.str();
            });
            ++taken;
        } catch (const Error&) {
            continue;
        }
    }
    CHECK(taken > 0);
    CHECK(taken < 400);
}

TEST_CASE("a socket in a cpio is refused") {
    const TempDir dir;
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (dir.path() / "sock").string();
    REQUIRE(path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size());
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    if (std::system(
            ("cd " + dir.path().string() + " && echo sock | cpio -o -H newc > c 2>/dev/null")
                .c_str()) != 0)
        return;
    CHECK_THROWS_WITH(read_archive(dir.path() / "c"), ContainsSubstring("entry sock: a socket"));
}

TEST_CASE("an archive has limits") {
    const TempDir dir;
    const auto archive =
        dir.write("hostile.tar", RawTar().file("a/b/c", "12345678").symlink("d", "a").end());
    Limits limits = Limits::from_others(1000);
    REQUIRE_NOTHROW(read_archive(archive, limits));
    SECTION("of entries") {
        limits.entries = 1;
    }
    SECTION("of inodes") {
        limits.inodes = 2;
    }
    SECTION("of names and targets") {
        limits.metadata = 6;
    }
    SECTION("of content") {
        limits.content = 7;
    }
    SECTION("of depth") {
        limits.depth = 2;
    }
    CHECK_THROWS_AS(read_archive(archive, limits), Error);
}
