#include "describe.hpp"
#include "generate.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/tree/small.hpp"

#include <algorithm>
#include <cstdlib>

using namespace selns;
using namespace selns::tree;
using selns::test::difference;
using selns::test::generate_tree;
using selns::test::read_text;
using selns::test::run;
using selns::test::tar_of;

TEST_CASE("reading back what was written gives the same tree, and the same bytes") {
    const selns::test::TempDir dir;
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        CAPTURE(seed);
        const Tree tree = generate_tree(seed, 150);
        const std::string bytes = tar_of(tree);
        const Tree back = read_archive(dir.write("t.tar", bytes));
        CHECK(difference(tree, back) == "");
        CHECK(tar_of(back) == bytes);
    }
}

TEST_CASE("normalise is idempotent, and the same for every compression") {
    const selns::test::TempDir dir;
    const Tree tree = generate_tree(99, 120);
    const std::string bytes = tar_of(tree);
    const auto plain = dir.write("plain.tar", bytes);
    normalise(plain, dir.path() / "once.tar");
    normalise(dir.path() / "once.tar", dir.path() / "twice.tar");
    CHECK(read_text(dir.path() / "once.tar") == bytes);
    CHECK(read_text(dir.path() / "twice.tar") == bytes);
    for (const std::string tool : {"gzip", "bzip2", "xz", "lzma", "zstd", "lz4"}) {
        const std::string packed = (dir.path() / ("packed." + tool)).string();
        if (!run("command -v " + tool + " >/dev/null"))
            continue;
        CAPTURE(tool);
        REQUIRE(run(tool + " -c < " + plain.string() + " > " + packed));
        normalise(packed, dir.path() / "unpacked.tar");
        CHECK(read_text(dir.path() / "unpacked.tar") == bytes);
    }
}

TEST_CASE("a large compressed archive does not stay in memory, nor is it lost") {
    const selns::test::TempDir dir;
    Tree tree;
    for (int i = 0; i < 34; ++i) {
        Inode inode;
        inode.content = Content::bytes(std::string(1U << 20U, static_cast<char>('a' + i)));
        tree.put("/file" + std::to_string(i), inode);
    }
    const auto plain = dir.write("plain.tar", tar_of(tree));
    REQUIRE(run("gzip -1 -c < " + plain.string() + " > " + (dir.path() / "t.gz").string()));
    CHECK(difference(tree, read_archive(dir.path() / "t.gz")) == "");
}

TEST_CASE("the order of entries does not matter, except for hard links") {
    const selns::test::TempDir dir;
    REQUIRE(run("cd " + dir.path().string() +
                R"( && mkdir t && cd t && mkdir -p b/c a && echo 1 > b/c/x &&
        echo 2 > a/y && touch -d @1000000000 a/y b/c/x b/c b a . &&
        tar --format=pax -cf ../1.tar a b && tar --format=pax --no-recursion -cf ../2.tar b b/c a b/c/x a/y)"));
    CHECK(difference(read_archive(dir.path() / "2.tar"), read_archive(dir.path() / "1.tar")) == "");
}

TEST_CASE("contexts are stored as the kernel would, with their NUL") {
    Tree tree;
    tree.inode(Tree::root).context = "u:r:t:s0";
    const std::string bytes = tar_of(tree);
    CHECK_THAT(bytes,
               ContainsSubstring(std::string("SCHILY.xattr.security.selinux=u:r:t:s0\0\n", 40)));
    CHECK(bytes.find("LIBARCHIVE.xattr") == std::string::npos);
    CHECK(bytes.find("ctime") == std::string::npos);
    CHECK(bytes.starts_with(std::string("PaxHeader")));
}

TEST_CASE("write_tar says how much content is done, and stops when told") {
    Tree tree;
    Inode inode;
    inode.content = Content::bytes(std::string(3U << 20U, 'x'));
    tree.put("/a", inode);
    tree.put("/b", inode);
    std::vector<std::uint64_t> done;
    std::size_t written = 0;
    write_tar(
        tree, [&](std::string_view piece) { written += piece.size(); },
        [&](std::uint64_t bytes) { done.push_back(bytes); });
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 6U << 20U);
    CHECK(written > 6U << 20U);
    CHECK_THROWS_WITH(write_tar(
                          tree, [](std::string_view) {},
                          [](std::uint64_t) { throw Error(ErrorKind::interrupted, "enough"); }),
                      ContainsSubstring("enough"));
}

TEST_CASE("what a tar cannot hold is an error that names the file") {
    Tree tree;
    Inode inode;
    SECTION("socket") {
        inode.type = FileType::socket;
        tree.put("/run/sock", inode);
        CHECK_THROWS_WITH(tar_of(tree), ContainsSubstring("run/sock"));
    }
    SECTION("the name of an extended attribute") {
        inode.xattrs["user.new\nline"] = "1";
        tree.put("/odd", inode);
        CHECK_THROWS_WITH(tar_of(tree),
                          ContainsSubstring("./odd") && ContainsSubstring("user.new\\x0a"));
    }
    SECTION("content that has gone") {
        inode.content = Content(memory_source("short"), 0, 10);
        tree.put("/gone", inode);
        CHECK_THROWS_WITH(tar_of(tree), ContainsSubstring("/gone"));
    }
}

TEST_CASE("an output that cannot be written leaves nothing behind") {
    const selns::test::TempDir dir;
    const auto plain = dir.write("plain.tar", tar_of(generate_tree(1, 20)));
    CHECK_THROWS_AS(normalise(plain, dir.path() / "no" / "such" / "directory.tar"), Error);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(dir.path()))
        ++files;
    CHECK(files == 1);
}
