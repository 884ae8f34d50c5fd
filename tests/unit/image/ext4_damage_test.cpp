// Images that are not what they should be: one Error each, no crash, no endless work.
#include "selns/base/error.hpp"
#include "selns/image/ext4/reader.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <random>

using namespace selns;
using namespace selns::test;

namespace {

// A small image without checksums, so that damage reaches the reader.
std::filesystem::path small_image(const TempDir& temp, const std::string& features = "") {
    temp.write("d/dir/file", std::string(5000, 'x'));
    temp.write("d/dir/abcdefgh", "text");
    temp.write("d/other", "text");
    for (int i = 0; i < 60; ++i)
        temp.write(fmt::format("d/many/name-{:050}", i), "");
    std::filesystem::create_symlink(std::string(100, 's'), temp.path() / "d/link");
    const auto image = temp.path() / "image";
    run({"mke2fs", "-q", "-F", "-b", "1024", "-I", "256", "-O",
         "none,filetype,extent,dir_index,sparse_super,ext_attr,large_file" + features, "-d",
         (temp.path() / "d").string(), image.string(), "1M"});
    run({"debugfs", "-w", "-R", "ea_set /other user.small abcd", image.string()});
    run({"debugfs", "-w", "-R", "ea_set /other user.more " + std::string(300, 'm'),
         image.string()});
    return image;
}

void change(const std::filesystem::path& image, const std::string& command) {
    run({"debugfs", "-w", "-R", command, image.string()});
}

void overwrite(const std::filesystem::path& image, std::uint64_t at, const std::string& bytes) {
    std::fstream file(image, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void replace_text(const std::filesystem::path& image, const std::string& from,
                  const std::string& to) {
    const auto at = read_text(image).find(from);
    REQUIRE(at != std::string::npos);
    overwrite(image, at, to);
}

void refuses(const std::filesystem::path& image, const std::string& words) {
    try {
        image::read_ext4(image);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_THAT(error.what(), ContainsSubstring(image.string()));
        CHECK_THAT(error.what(), ContainsSubstring(words));
    }
}

// Every content, up to a limit; only an Error may come of it. A sandbox each would take longer
// than all the rest.
void read_all(const std::filesystem::path& image) {
    try {
        const tree::Tree tree =
            image::ext4::read_in_this_process(std::make_shared<const Fd>(open_read(image)));
        tree.walk([&](const std::string&, tree::InodeId id, bool first) {
            if (first && tree.inode(id).content.size() < 1U << 20U)
                tree.inode(id).content.str();
        });
    } catch (const Error&) {
    }
}

} // namespace

TEST_CASE("files that are no file system") {
    const TempDir temp;
    refuses(temp.write("empty", ""), "not an ext4 file system");
    refuses(temp.write("zeroes", std::string(100000, '\0')), "not an ext4 file system");
    refuses(temp.path() / "missing", "cannot open");
    const auto image = small_image(temp);
    overwrite(image, 1024 + 56, "xx");
    refuses(image, "not an ext4 file system");
}

TEST_CASE("an image that is cut off") {
    const TempDir temp;
    const auto image = small_image(temp);
    std::filesystem::resize_file(image, 600000);
    refuses(image, "cut off");
    std::filesystem::resize_file(image, 2000);
    refuses(image, "not an ext4 file system");
}

TEST_CASE("counts that cannot be") {
    const TempDir temp;
    const auto image = small_image(temp);
    SECTION("inodes") {
        overwrite(image, 1024, "\xff\xff\xff\x7f");
    }
    SECTION("blocks") {
        overwrite(image, 1024 + 4, "\xff\xff\xff\xff");
    }
    SECTION("blocks per group") {
        overwrite(image, 1024 + 32, std::string(4, '\0'));
    }
    SECTION("inodes per group") {
        overwrite(image, 1024 + 40, std::string(4, '\0'));
    }
    SECTION("inode size") {
        overwrite(image, 1024 + 88, "\xff\xff");
    }
    SECTION("block size") {
        overwrite(image, 1024 + 24, "\x06");
    }
    refuses(image, "");
}

TEST_CASE("features that need others' work first") {
    const TempDir temp;
    SECTION("a journal to be replayed") {
        const auto image = small_image(temp);
        change(image, "feature has_journal needs_recovery");
        refuses(image, "was not unmounted");
    }
    SECTION("encryption") {
        const auto image = small_image(temp, ",encrypt");
        change(image, "set_inode_field /dir/file flags 0x80800");
        refuses(image, "/dir/file: it is encrypted");
    }
}

TEST_CASE("directories that are damaged") {
    const TempDir temp;
    const auto image = small_image(temp);
    SECTION("a loop to the root") {
        change(image, "ln / /dir/loop");
        refuses(image, "/dir/loop: damaged: a directory has two names");
    }
    SECTION("a loop to itself") {
        change(image, "ln /dir /dir/loop");
        refuses(image, "a directory has two names");
    }
    SECTION("a name with a slash") {
        replace_text(image, "abcdefgh", "../../gh");
        refuses(image, "/dir: damaged: the name \"../../gh\" is impossible");
    }
    SECTION("a name with a zero") {
        replace_text(image, "abcdefgh", std::string("abc\0efgh", 8));
        refuses(image, "is impossible");
    }
    SECTION("a name that is there twice") {
        change(image, "ln /other /dir/abcdefgi");
        replace_text(image, "abcdefgi", "abcdefgh");
        refuses(image, "the name abcdefgh is there twice");
    }
    SECTION("dots in odd places are skipped") {
        change(image, "ln /other /many/zz");
        replace_text(image, "\2\1zz", "\2\1..");
        const tree::Tree tree = image::read_ext4(image);
        CHECK(tree.names(tree.find("/many").value()).size() == 60);
    }
    SECTION("a reserved inode") {
        change(image, "ln <7> /dir/resize");
        refuses(image, "/dir/resize: damaged: a name of the reserved inode 7");
    }
    SECTION("a deleted inode") {
        change(image, "set_inode_field /dir/file links_count 0");
        refuses(image, "which is not in use");
    }
    SECTION("an impossible inode") {
        change(image, "set_inode_field /dir/file mode 0170000");
        refuses(image, "which is not in use");
    }
    SECTION("an impossible size") {
        change(image, "set_inode_field /dir size 1234567");
        refuses(image, "/dir: damaged: a directory of impossible size");
    }
    SECTION("a hole") {
        change(image, "set_inode_field /dir size 4096");
        refuses(image, "/dir: damaged: a directory is cut off");
    }
}

TEST_CASE("files that are damaged") {
    const TempDir temp;
    const auto image = small_image(temp);
    SECTION("blocks outside") {
        change(image, "set_inode_field /dir/file block[5] 99999999");
        refuses(image, "/dir/file: damaged: an extent overlaps another or lies outside");
    }
    SECTION("no extent tree") {
        change(image, "set_inode_field /dir/file block[0] 0");
        refuses(image, "/dir/file: damaged");
    }
    SECTION("indirect blocks outside") {
        change(image, "set_inode_field /dir/file flags 0");
        refuses(image, "/dir/file: damaged");
    }
    SECTION("more content than anybody reads") {
        change(image, "set_inode_field /dir/file size 0x20000000000");
        refuses(image, "more than 1 TiB of content");
    }
    SECTION("symlinks without end") {
        change(image, "set_inode_field /link size 100000");
        refuses(image, "/link: damaged: a symlink of impossible size");
    }
    SECTION("attributes outside") {
        change(image, "set_inode_field /other file_acl 1000000");
        refuses(image, "/other: damaged");
    }
}

TEST_CASE("checksums are verified") {
    const TempDir temp;
    const auto image = small_image(temp, ",metadata_csum");
    REQUIRE_NOTHROW(image::read_ext4(image));
    SECTION("of directories") {
        replace_text(image, "abcdefgh", "abcdefgi");
        refuses(image, "checksum");
    }
    SECTION("of the superblock") {
        overwrite(image, 1024 + 52, "\x05");
        refuses(image, "checksum");
    }
}

TEST_CASE("random damage gives a tree or an Error") {
    const TempDir temp;
    const std::string sound = read_text(small_image(temp));
    const auto image = temp.path() / "damaged";
    std::mt19937 random(20240501);
    // The metadata lies in the first blocks; the rest is mostly empty.
    const auto used = static_cast<std::uint32_t>(std::min<std::size_t>(sound.size(), 200U << 10U));
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 400; ++round) {
        std::string bytes = sound;
        for (auto i = 1 + random() % 30; i > 0; --i)
            bytes[1024 + random() % (used - 1024)] = static_cast<char>(random());
        std::ofstream(image, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        read_all(image);
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(5));
}
