#include "describe.hpp"
#include "generate.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/index.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/tree/small.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

using namespace selns;
using namespace selns::tree;
using selns::test::difference;
using selns::test::generate_tree;
using selns::test::run;
using selns::test::tar_of;

namespace {

// An archive, and how often its entries were looked for in a sandbox.
struct Kept {
    test::TempDir dir;
    Interrupt interrupt;
    std::vector<std::string> told;
    cache::Store store{dir.path() / "cache", interrupt,
                       [this](const std::string& message) { told.push_back(message); }};
    int looks = 0;

    Tree read(const std::filesystem::path& archive, const std::string& identity = "1") {
        return read_indexed({"an archive", identity}, store, [&](sandbox::Transcript& said) {
            looks += said.replays() ? 0 : 1;
            return read_archive(archive, {}, &said);
        });
    }
    std::optional<std::filesystem::path> index() const {
        const auto entries = store.entries("index");
        return entries.empty() ? std::nullopt
                               : std::optional(entries.front().directory / "entries");
    }
};

} // namespace

TEST_CASE("an index gives the same tree, and no sandbox is asked") {
    Kept kept;
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        CAPTURE(seed);
        const Tree tree = generate_tree(seed, 150);
        const auto archive = kept.dir.write("t.tar", tar_of(tree));
        CHECK(difference(tree, kept.read(archive, std::to_string(seed))) == "");
        CHECK(difference(tree, kept.read(archive, std::to_string(seed))) == "");
        CHECK(kept.looks == static_cast<int>(seed) + 1);
        CHECK(kept.store.entries("index").size() == 1);
    }
    CHECK(kept.told.empty());
}

TEST_CASE("an index is not believed more than the archive") {
    Kept kept;
    const auto archive = kept.dir.write("t.tar", tar_of(generate_tree(1, 50)));
    const Tree tree = kept.read(archive);
    REQUIRE(kept.index());

    SECTION("one that was written to is told, and made anew") {
        std::fstream file(*kept.index(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('X');
        file.close();
        CHECK(difference(tree, kept.read(archive)) == "");
        CHECK(kept.told.size() == 1);
        CHECK(kept.looks == 2);
        CHECK(difference(tree, kept.read(archive)) == "");
        CHECK(kept.looks == 2);
    }
    SECTION("an archive that is shorter than it says is looked at") {
        std::filesystem::resize_file(archive, 1024);
        CHECK_THROWS_AS(kept.read(archive), Error);
        CHECK(kept.looks == 2);
    }
}

TEST_CASE("what does not lie in the file as it is has no index") {
    Kept kept;
    const Tree tree = generate_tree(3, 50);
    const auto plain = kept.dir.write("t.tar", tar_of(tree));
    const auto packed = kept.dir.path() / "t.tar.gz";
    REQUIRE(run("gzip -c < " + plain.string() + " > " + packed.string()));
    CHECK(difference(tree, kept.read(packed)) == "");
    CHECK_FALSE(kept.index());
}

TEST_CASE("an archive that cannot be read leaves no index") {
    Kept kept;
    std::string bytes = tar_of(generate_tree(4, 50));
    bytes.resize(bytes.size() / 2);
    const auto archive = kept.dir.write("t.tar", bytes);
    CHECK_THROWS_AS(kept.read(archive), Error);
    CHECK_FALSE(kept.index());
}
