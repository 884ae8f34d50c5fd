#include "selns/archive/deb.hpp"
#include "selns/archive/writer.hpp"
#include "selns/base/error.hpp"
#include "selns/kernel/unpack.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <functional>

using namespace selns;
using namespace selns::kernel;
using selns::FileType;
using selns::archive::Entry;

namespace {

Entry entry(FileType type, const std::string& path, std::uint16_t mode = 0644) {
    Entry made;
    made.type = type;
    made.path = path;
    made.mode = mode;
    return made;
}

Entry symlink_to(const std::string& path, const std::string& target) {
    Entry made = entry(FileType::symlink, path);
    made.symlink = target;
    return made;
}

// Unpacks an archive of ENTRIES, whose files all say "x", into out/.
void unpack_all(const test::TempDir& dir, const std::vector<Entry>& entries,
                Symlinks symlinks = Symlinks::kept, const tree::Limits& limits = {}) {
    std::string bytes;
    selns::archive::Writer writer([&](std::string_view piece) { bytes += piece; });
    for (Entry each : entries) {
        each.size = each.type == FileType::regular && !each.hard_link ? 1 : 0;
        writer.entry(each);
        if (each.size > 0)
            writer.data("x");
    }
    writer.finish();
    selns::archive::Reader reader(open_read(dir.write("a.tar", bytes)), "a.tar");
    std::filesystem::create_directories(dir.path() / "out");
    const auto place = [](const std::string& path) {
        return path == "skipped" || path == "." ? std::nullopt : std::optional(path);
    };
    unpack(reader, dir.path() / "out", place, symlinks, limits);
}

} // namespace

TEST_CASE("an archive's wanted files are written") {
    const test::TempDir dir;
    unpack_all(dir, {entry(FileType::directory, "./"), entry(FileType::regular, "./a/b", 0755),
                     entry(FileType::regular, "skipped"), symlink_to("l", "../../outside")});
    CHECK(test::read_text(dir.path() / "out/a/b") == "x");
    CHECK((std::filesystem::status(dir.path() / "out/a/b").permissions() &
           std::filesystem::perms::owner_exec) != std::filesystem::perms::none);
    CHECK(std::filesystem::read_symlink(dir.path() / "out/l") == "../../outside");
    CHECK_FALSE(std::filesystem::exists(dir.path() / "out/skipped"));
}

TEST_CASE("an archive writes nothing outside") {
    const test::TempDir dir;
    CHECK_THROWS_AS(unpack_all(dir, {entry(FileType::regular, "../evil")}), Error);
    CHECK_THROWS_AS(unpack_all(dir, {entry(FileType::regular, "/evil")}), Error);
    CHECK_THROWS_AS(unpack_all(dir, {entry(FileType::regular, "b/../../evil")}), Error);
    // A symlink is made last, so that what seems to go through it finds a directory instead.
    CHECK_THROWS_AS(unpack_all(dir, {symlink_to("way", dir.path().string()),
                                     entry(FileType::regular, "way/evil")}),
                    Error);
    CHECK_FALSE(std::filesystem::exists(dir.path() / "evil"));
    CHECK_THROWS_AS(unpack_all(dir, {entry(FileType::fifo, "fifo")}), Error);
    Entry hard = entry(FileType::regular, "hard");
    hard.hard_link = "/etc/passwd";
    CHECK_THROWS_AS(unpack_all(dir, {hard}), Error);
    CHECK_THROWS_AS(
        unpack_all(dir, {entry(FileType::regular, "c"), entry(FileType::regular, "c/d")}), Error);
    CHECK_THROWS_AS(unpack_all(dir, {entry(FileType::regular, "e"), entry(FileType::regular, "e")}),
                    Error);
}

TEST_CASE("a symlink is not written through by another one, in either order") {
    const test::TempDir dir;
    std::filesystem::create_directory(dir.path() / "outside");
    const Entry way = symlink_to("a", dir.path() / "outside");
    const Entry through = symlink_to("a/b", "/etc/passwd");
    for (const auto& entries : {std::vector{way, through}, std::vector{through, way}}) {
        try {
            unpack_all(dir, entries);
            FAIL("unpacked");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
        }
        CHECK(std::filesystem::is_empty(dir.path() / "outside"));
        std::filesystem::remove_all(dir.path() / "out");
    }
}

TEST_CASE("symlinks can be left out") {
    const test::TempDir dir;
    unpack_all(dir, {symlink_to("config", "/etc/shadow"), entry(FileType::regular, "a")},
               Symlinks::left_out);
    CHECK_FALSE(std::filesystem::is_symlink(dir.path() / "out/config"));
    CHECK(std::filesystem::exists(dir.path() / "out/a"));
}

TEST_CASE("what is unpacked has limits") {
    const test::TempDir dir;
    tree::Limits limits;
    SECTION("of entries") {
        limits.entries = 1;
    }
    SECTION("of content") {
        limits.content = 1;
    }
    SECTION("of depth") {
        limits.depth = 2;
    }
    SECTION("of names") {
        limits.metadata = 5;
    }
    CHECK_THROWS_AS(unpack_all(dir,
                               {entry(FileType::regular, "a/b/c"), entry(FileType::regular, "d")},
                               Symlinks::kept, limits),
                    Error);
}

TEST_CASE("what is no Debian package is told") {
    const test::TempDir dir;
    for (const std::string& bytes :
         {std::string(), std::string("!<arch>\n"), std::string("nonsense"),
          "!<arch>\n" + std::string("debian-binary   0           0     0     100644  4         `\n"
                                    "2.0\n"),
          "!<arch>\n" + std::string("data.tar        0           0     0     100644  99999     `\n"
                                    "short")})
        CHECK_THROWS_AS(
            selns::archive::deb_content(open_read(dir.write("a.deb", bytes)), "a.deb", dir.path()),
            Error);
}
