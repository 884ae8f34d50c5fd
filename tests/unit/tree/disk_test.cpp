#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/disk.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

using namespace selns;
using tree::Disk;

namespace {

void fill(const test::TempDir& dir) {
    for (const char* file : {"a/b/c", "a/b.d", "a.txt", "z", "a/\xff", "a/b/line\nfeed"})
        dir.write(file, "x");
    std::filesystem::create_symlink("/", dir.path() / "a" / "out");
    std::filesystem::create_directory(dir.path() / "empty");
}

bool everything(const std::string& /*path*/) {
    return true;
}

std::vector<std::string> walked(const Disk& disk, const Disk::Enter& enter = everything) {
    std::vector<std::string> paths;
    disk.walk(enter, [&](const std::string& path, std::uint32_t) {
        paths.push_back(path);
        return true;
    });
    return paths;
}

// More names than are ever listed ahead.
void fill_large(const test::TempDir& dir) {
    const std::string name(250, 'n');
    for (int i = 0; i < 3000; ++i)
        dir.write(std::to_string(i % 10) + "/" + name + std::to_string(i), "");
}

} // namespace

TEST_CASE("a disk is walked in the order of a tree") {
    const test::TempDir dir;
    fill(dir);
    const Disk disk(dir.path());
    std::vector<std::string> expected;
    tree::read_directory(dir.path(), {}).walk([&](const std::string& path, tree::InodeId, bool) {
        expected.push_back(path);
    });
    CHECK(walked(disk) == expected);
    CHECK(std::ranges::is_sorted(expected, tree::Tree::walks_before));
}

TEST_CASE("what is not wanted is not entered") {
    const test::TempDir dir;
    dir.write("a/b/c", "");
    dir.write("d/e", "");
    const auto without_a = [](const std::string& path) { return path != "/a"; };
    CHECK(walked(Disk(dir.path()), without_a) == std::vector<std::string>{"/", "/d", "/d/e"});
    CHECK(walked(Disk(dir.path()), [](const std::string&) { return false; }).empty());
}

TEST_CASE("a disk of more names than are listed ahead") {
    const test::TempDir dir;
    fill_large(dir);
    const auto paths = walked(Disk(dir.path()));
    CHECK(paths.size() == 3011);
    CHECK(std::ranges::is_sorted(paths, tree::Tree::walks_before));
}

TEST_CASE("a visitor ends a walk") {
    const test::TempDir dir;
    fill_large(dir);
    const Disk disk(dir.path());
    int visits = 0;
    disk.walk(everything, [&](const std::string&, std::uint32_t) { return ++visits < 5; });
    CHECK(visits == 5);
    const auto fail = [](const std::string&, std::uint32_t) -> bool {
        throw Error(ErrorKind::failed, "enough");
    };
    CHECK_THROWS_WITH(disk.walk(everything, fail), "enough");
}

TEST_CASE("what fails ends a walk after the names before it") {
    const test::TempDir dir;
    dir.write("a", "");
    dir.write("b/c", "");
    dir.write("d", "");
    const Disk disk(dir.path());
    std::vector<std::string> paths;
    const auto enter = [](const std::string& path) {
        return path == "/b/c" ? throw Error(ErrorKind::failed, "unreadable") : true;
    };
    const auto visit = [&](const std::string& path, std::uint32_t) {
        paths.push_back(path);
        return true;
    };
    CHECK_THROWS_WITH(disk.walk(enter, visit), "unreadable");
    CHECK(paths == std::vector<std::string>{"/", "/a", "/b"});
}

TEST_CASE("paths longer than a system call takes") {
    const test::TempDir dir;
    const std::string name(250, 'n');
    Fd at(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
    std::string path;
    for (int depth = 0; depth < 40; ++depth) {
        REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
        at = Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
        path += "/" + name;
    }
    const Disk disk(dir.path());
    CHECK(walked(disk).back() == path);
    CHECK(disk.open_directory(path));
    CHECK_FALSE(disk.open_directory(path + "/gone"));
    CHECK_THROWS_WITH(disk.open_directory(std::string(70'000, '/')),
                      ContainsSubstring("File name too long"));
}

TEST_CASE("every directory is visited once, by any number of threads") {
    const test::TempDir dir;
    for (int i = 0; i < 300; ++i)
        dir.write("d" + std::to_string(i % 20) + "/e" + std::to_string(i) + "/f", "");
    const Disk disk(dir.path());
    for (const unsigned threads : {1U, 4U}) {
        std::mutex mutex;
        std::vector<std::string> names{"/"};
        disk.each_directory(threads, [&](const std::string& path, const Disk::Listing& listing) {
            const std::lock_guard lock(mutex);
            for (const Disk::Name& name : listing.names)
                names.push_back(tree::join_path(path, name.name));
        });
        std::ranges::sort(names, tree::Tree::walks_before);
        CHECK(names == walked(disk));
    }
}

TEST_CASE("what a visitor throws stops all threads") {
    const test::TempDir dir;
    for (int i = 0; i < 50; ++i)
        dir.write("d" + std::to_string(i) + "/f", "");
    const Disk disk(dir.path());
    CHECK_THROWS_WITH(disk.each_directory(3,
                                          [](const std::string&, const Disk::Listing&) {
                                              throw Error(ErrorKind::failed, "enough");
                                          }),
                      "enough");
}

TEST_CASE("no symlink leads out of a disk") {
    const test::TempDir dir;
    dir.write("outside/secret", "x");
    dir.write("root/in/file", "x");
    std::filesystem::create_symlink("../outside", dir.path() / "root/relative");
    std::filesystem::create_symlink(dir.path() / "outside", dir.path() / "root/absolute");
    std::filesystem::create_symlink("/in", dir.path() / "root/inside");
    const Disk disk(dir.path() / "root");
    for (const std::string link : {"/relative", "/absolute", "/inside"}) {
        INFO(link);
        CHECK_FALSE(disk.list(link));
        CHECK(S_ISLNK(disk.look(link)->mode));
    }
    CHECK_FALSE(disk.look("/relative/secret"));
    CHECK_FALSE(disk.real_path("/absolute/secret"));
    CHECK_FALSE(disk.real_path("/relative/secret"));
    CHECK(disk.real_path("/inside/file") ==
          std::filesystem::canonical(dir.path() / "root/in/file"));
    CHECK(disk.look("/in/file")->links == 1);
    CHECK_FALSE(disk.look("/gone"));
}

TEST_CASE("a root that is no directory") {
    const test::TempDir dir;
    CHECK_THROWS_AS(Disk(dir.path() / "gone"), Error);
    CHECK_THROWS_AS(Disk(dir.write("file", "")), Error);
}

TEST_CASE("paths are joined and split") {
    CHECK(tree::join_path("/", "etc") == "/etc");
    CHECK(tree::join_path("/etc", "passwd") == "/etc/passwd");
    CHECK(tree::split_path("/etc").directory == "/");
    CHECK(tree::split_path("/etc/passwd").directory == "/etc");
    CHECK(tree::split_path("/etc/passwd").name == "passwd");
}
