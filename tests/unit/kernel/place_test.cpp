#include "selns/base/error.hpp"
#include "selns/kernel/place.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::kernel;

namespace {

Bundle make(const test::TempDir& dir, const std::string& name) {
    dir.write(name + "/vmlinuz", name);
    dir.write(name + "/config", "CONFIG_A=y\n");
    dir.write(name + "/inputs.json", "of the cache");
    dir.write(name + "/manifest.json", R"({"name": "k", "version": "6.1"})");
    dir.write(name + "/lib/modules/6.1/modules.dep", "a.ko:\n");
    dir.write(name + "/lib/modules/6.1/modules.builtin", "");
    return open_bundle(dir.path() / name);
}

std::size_t count(const std::filesystem::path& directory) {
    const std::filesystem::directory_iterator all(directory);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

TEST_CASE("a bundle is copied whole, and only the bundle") {
    const test::TempDir dir;
    const Bundle first = make(dir, "first");
    const auto out = dir.path() / "deep/out";
    const Bundle placed = place_bundle(first, out.string() + "/");
    CHECK(placed.directory == out);
    CHECK(test::read_text(placed.vmlinuz) == "first");
    REQUIRE(placed.modules);
    CHECK(test::read_text(*placed.modules / "modules.dep") == "a.ko:\n");
    CHECK(count(out) == 4);
    CHECK(count(out.parent_path()) == 1);

    place_bundle(make(dir, "second"), out);
    CHECK(test::read_text(out / "vmlinuz") == "second");
    CHECK(count(out.parent_path()) == 1);
}

TEST_CASE("what is no bundle is not replaced") {
    const test::TempDir dir;
    const Bundle bundle = make(dir, "first");
    const auto mine = dir.write("home/precious", "mine");
    CHECK_THROWS_AS(place_bundle(bundle, mine.parent_path()), Error);
    CHECK_THROWS_AS(place_bundle(bundle, mine), Error);
    CHECK(test::read_text(mine) == "mine");
    std::filesystem::create_directory(dir.path() / "empty");
    CHECK(place_bundle(bundle, dir.path() / "empty").name == "k");
}
