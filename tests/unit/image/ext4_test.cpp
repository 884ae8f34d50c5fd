#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

using namespace selns;
using namespace selns::test;

namespace {

using Lines = std::vector<std::string>;

tree::Tree written_and_read(const tree::Tree& tree, const TempDir& temp) {
    const auto image = temp.path() / "image";
    write_image(tree, image);
    CHECK(e2fsck(image) == "");
    return image::read_ext4(image);
}

std::uint64_t bytes_on_disk(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

void refuses(const tree::Tree& tree, const std::string& words) {
    const TempDir temp;
    const auto image = temp.path() / "image";
    CHECK_THROWS_WITH(write_image(tree, image), ContainsSubstring(words));
    CHECK_FALSE(std::filesystem::exists(image));
}

// Zeroes, and an "x" as the last byte.
class MostlyZero final : public tree::ContentSource {
  public:
    explicit MostlyZero(std::uint64_t size) : size_(size) {}
    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        std::memset(data, 0, size);
        if (size > 0 && offset + size == size_)
            data[size - 1] = 'x';
    }

  private:
    std::uint64_t size_;
};

// A tmpfs of a few MiB; only root can have one.
class SmallDisk {
  public:
    explicit SmallDisk(const std::filesystem::path& at) : at_(at.string()) {
        mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=3m") == 0;
    }
    ~SmallDisk() {
        if (mounted_)
            ::umount2(at_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }

  private:
    std::string at_;
    bool mounted_ = false;
};

} // namespace

TEST_CASE("a tree read back from its ext4 image is the same") {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
        const TempDir temp;
        const tree::Tree tree = random_tree(seed);
        INFO("seed " << seed);
        CHECK(all_differences(tree, written_and_read(tree, temp)) == Lines{});
    }
}

TEST_CASE("the same tree and options give the same bytes at another time and place") {
    const TempDir temp;
    const tree::Tree tree = random_tree(5);
    const auto options = [](std::int64_t epoch, std::string identity) {
        image::WriteOptions result;
        result.epoch = epoch;
        result.identity = std::move(identity);
        return result;
    };
    const auto digest_of = [&](const image::WriteOptions& with) {
        write_image(tree, temp.path() / "image", with);
        return sha256_file(temp.path() / "image");
    };
    const std::string usual = digest_of(options(1700000000, "one"));
    const std::string zero = digest_of(options(0, "one"));
    CHECK(e2fsck(temp.path() / "image") == "");

    const auto config = temp.write("mke2fs.conf", "[defaults]\nblocksize = 1024\n");
    ::setenv("TZ", "Asia/Tokyo", 1);
    ::setenv("E2FSPROGS_FAKE_TIME", "1", 1);
    ::setenv("MKE2FS_CONFIG", config.c_str(), 1);
    ::sleep(1);
    CHECK(digest_of(options(1700000000, "one")) == usual);
    for (const char* name : {"TZ", "E2FSPROGS_FAKE_TIME", "MKE2FS_CONFIG"})
        ::unsetenv(name);
    CHECK(digest_of(options(0, "one")) == zero);
    CHECK(digest_of(options(1700000000, "two")) != usual);
}

TEST_CASE("a directory of many names gets a hash tree that e2fsck accepts") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    tree.put("/file", file("x"));
    // Short names need one level, names of 255 bytes two; links are limited, files are not.
    for (int i = 0; i < 20000; ++i)
        tree.put(fmt::format("/short/{:05}", i), file(""));
    for (int i = 0; i < 9000; ++i)
        tree.link("/file", fmt::format("/long/{:0255}", i));
    const tree::Tree back = written_and_read(tree, temp);
    CHECK(image::compare(tree, back) == Lines{});
    CHECK_THAT(debugfs(temp.path() / "image", "stat /short"), ContainsSubstring("Flags: 0x81000"));
    CHECK_THAT(debugfs(temp.path() / "image", "htree_dump /long"),
               ContainsSubstring("Indirect levels: 1"));
}

TEST_CASE("an image without lost+found gets one, and the comparison says so") {
    const TempDir temp;
    tree::Tree tree;
    tree.put("/etc/hostname", file("x\n"));
    CHECK(image::compare(tree, written_and_read(tree, temp)) == Lines{"/lost+found: unexpected"});
}

TEST_CASE("lost+found may have content, and more of it than its spare blocks take") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    for (int i = 0; i < 1500; ++i)
        tree.put(fmt::format("/lost+found/{}", i), file("x"));
    CHECK(image::compare(tree, written_and_read(tree, temp)) == Lines{});
}

TEST_CASE("zero blocks take no space, in the image and on the disk") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    tree.put("/zeroes", file(std::string(64U << 20U, '\0')));
    std::string text(8U << 20U, '\0');
    text[5U << 20U] = 'x';
    tree.put("/nearly", file(text));
    const tree::Tree back = written_and_read(tree, temp);
    CHECK(all_differences(tree, back) == Lines{});
    CHECK(bytes_on_disk(temp.path() / "image") < 4U << 20U);
    CHECK_THAT(debugfs(temp.path() / "image", "stat /nearly"), ContainsSubstring("Blockcount: 8"));
}

TEST_CASE("a file of more than 2 GiB") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    constexpr std::uint64_t size = (std::uint64_t{2} << 30U) + 12345;
    tree::Inode large = file("");
    large.content = {std::make_shared<MostlyZero>(size), 0, size};
    tree.put("/large", large);
    const tree::Tree back = written_and_read(tree, temp);
    CHECK(image::compare(tree, back) == Lines{});
    const tree::Content& content = back.inode(back.find("/large").value()).content;
    std::string end(10, '?');
    content.read(size - end.size(), end.data(), end.size());
    CHECK(end == std::string(9, '\0') + "x");
}

TEST_CASE("a file with more extents than an inode or a block holds") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    std::string text(std::size_t{2000} * 2 * 4096, '\0');
    for (std::size_t at = 0; at < text.size(); at += std::size_t{2} * 4096)
        text[at] = 'x';
    tree.put("/holes", file(text));
    CHECK(all_differences(tree, written_and_read(tree, temp)) == Lines{});
}

TEST_CASE("an asked size is met, or refused with what is needed") {
    const TempDir temp;
    const auto image = temp.path() / "image";
    tree::Tree tree = tree_with_lost_found();
    tree.put("/data", file(std::string(20U << 20U, 'x')));
    image::WriteOptions options{.size = 64U << 20U, .label = "a name", .epoch = 1, .identity = "x"};
    write_image(tree, image, options);
    CHECK(std::filesystem::file_size(image) == options.size);
    CHECK(e2fsck(image) == "");
    CHECK_THAT(run({"dumpe2fs", "-h", image.string()}), ContainsSubstring("a name"));

    options.size = 20U << 20U;
    std::filesystem::remove(image);
    std::uint64_t needed = 0;
    try {
        write_image(tree, image, options);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        REQUIRE(std::sscanf(error.hint().c_str(), "ask for at least %luM", &needed) == 1);
    }
    CHECK_FALSE(std::filesystem::exists(image));
    options.size = needed << 20U;
    write_image(tree, image, options);
    CHECK(e2fsck(image) == "");
    options.size = (needed - 1) << 20U;
    CHECK_THROWS_AS(write_image(tree, image, options), Error);
}

TEST_CASE("what ext4 cannot keep is refused by its path") {
    tree::Tree tree = tree_with_lost_found();
    SECTION("old times") {
        tree::Inode old = file("");
        old.mtime = {-3000000000, 0};
        tree.put("/old", old);
        refuses(tree, "/old: ext4 cannot keep its modification time");
    }
    SECTION("large devices") {
        tree.put("/dev", node(tree::FileType::block, 4096, 0));
        refuses(tree, "/dev: ext4 cannot keep the device number 4096:0");
    }
    SECTION("too many attributes") {
        tree::Inode inode = file("");
        inode.xattrs["user.large"] = std::string(4100, 'x');
        tree.put("/much", inode);
        refuses(tree, "/much: extended attribute user.large: too much for ext4");
    }
    SECTION("attributes of other systems") {
        tree::Inode inode = file("");
        inode.xattrs["com.apple.quarantine"] = "x";
        tree.put("/apple", inode);
        refuses(tree, "com.apple.quarantine: ext4 has no such namespace");
    }
    SECTION("long symlinks") {
        tree.put("/link", symlink(std::string(4096, 'x')));
        refuses(tree, "/link: a symlink's target has 1 to 4095 bytes");
    }
    SECTION("a file where e2fsck needs a directory") {
        tree.remove("/lost+found");
        tree.put("/lost+found", file(""));
        refuses(tree, "/lost+found: e2fsck needs a directory of this name");
    }
    SECTION("too many links") {
        tree.put("/a", file(""));
        for (int i = 0; i < 65000; ++i)
            tree.link("/a", fmt::format("/b/{:05}", i));
        refuses(tree, "more than 65000 hard links");
    }
    SECTION("long volume names") {
        const TempDir temp;
        CHECK_THROWS_WITH(
            write_image(tree, temp.path() / "image",
                        {.size = {}, .label = "seventeen letters", .epoch = 1, .identity = {}}),
            ContainsSubstring("longer than 16 bytes"));
    }
}

TEST_CASE("progress ends at its total, and can stop the work") {
    const TempDir temp;
    const Interrupt never;
    process::SystemRunner runner(never);
    tree::Tree tree = tree_with_lost_found();
    tree.put("/data", file(std::string(10000000, 'x')));
    std::uint64_t last = 0;
    std::uint64_t all = 0;
    image::write_ext4(tree, temp.path() / "image", {}, runner,
                      [&](std::uint64_t done, std::uint64_t total) {
                          CHECK(done >= last);
                          last = done;
                          all = total;
                      });
    CHECK(last == all);
    CHECK(all >= 10000000);
    const auto stop = [](std::uint64_t, std::uint64_t) {
        throw Error(ErrorKind::interrupted, "stop");
    };
    CHECK_THROWS_WITH(image::write_ext4(tree, temp.path() / "image", {}, runner, stop), "stop");
}

TEST_CASE("a full disk is named with what to do") {
    const TempDir temp;
    const SmallDisk disk(temp.path());
    if (!disk.mounted()) {
        WARN("skipped: cannot mount a tmpfs");
        return;
    }
    tree::Tree tree = tree_with_lost_found();
    SECTION("in the data") {
        tree.put("/data", file(std::string(10U << 20U, 'x')));
    }
    SECTION("in the metadata") {
        for (int i = 0; i < 3000; ++i)
            tree.put(fmt::format("/{}/x", i), symlink("x"));
    }
    try {
        write_image(tree, temp.path() / "image");
        FAIL("written");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::failed);
        CHECK_THAT(error.what(), ContainsSubstring((temp.path() / "image").string()));
        CHECK_THAT(error.what(), ContainsSubstring("No space left on device"));
        CHECK_THAT(error.hint(), ContainsSubstring("free some space"));
    }
}

TEST_CASE("contents of an image can be read by many threads") {
    const TempDir temp;
    const tree::Tree tree = random_tree(6);
    const tree::Tree back = written_and_read(tree, temp);
    std::vector<std::size_t> differences(4);
    std::vector<std::thread> threads;
    for (std::size_t& count : differences)
        threads.emplace_back([&] { count = all_differences(tree, back).size(); });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(differences == std::vector<std::size_t>(4));
}
