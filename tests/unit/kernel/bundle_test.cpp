#include "selns/base/error.hpp"
#include "selns/kernel/bundle.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::kernel;
using Catch::Contains;

namespace {

std::string bundle_problem(const std::filesystem::path& directory) {
    try {
        open_bundle(directory);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.what();
    }
}

void fill_bundle(const test::TempDir& dir, const std::string& manifest) {
    dir.write("k/vmlinuz", "kernel");
    dir.write("k/config", "CONFIG_A=y\n");
    dir.write("k/manifest.json", manifest);
}

const char* const good = R"({"name": "mine", "version": "6.1.0-1-x",
                             "source": {"identity": "linux 6.1"}})";

} // namespace

TEST_CASE("a bundle is opened") {
    const test::TempDir dir;
    fill_bundle(dir, good);
    const auto path = dir.path() / "k";
    CHECK(is_bundle(path));
    Bundle bundle = open_bundle(path);
    CHECK(bundle.name == "mine");
    CHECK(bundle.version == "6.1.0-1-x");
    CHECK(bundle.source == "linux 6.1");
    CHECK(bundle.vmlinuz == path / "vmlinuz");
    CHECK(bundle.config == path / "config");
    CHECK_FALSE(bundle.modules);

    dir.write("k/lib/modules/6.1.0-1-x/modules.dep", "");
    CHECK_THAT(bundle_problem(path), Contains("modules.builtin"));
    dir.write("k/lib/modules/6.1.0-1-x/modules.builtin", "");
    CHECK(open_bundle(path).modules == path / "lib/modules/6.1.0-1-x");
}

TEST_CASE("what is missing of a bundle is named") {
    const test::TempDir dir;
    CHECK_FALSE(is_bundle(dir.path()));
    CHECK_THAT(bundle_problem(dir.path() / "no"), Contains("no such directory"));
    CHECK_THAT(bundle_problem(dir.path()), Contains("manifest.json"));
    fill_bundle(dir, good);
    std::filesystem::remove(dir.path() / "k/vmlinuz");
    CHECK_THAT(bundle_problem(dir.path() / "k"), Contains("vmlinuz"));
    dir.write("k/vmlinuz", "");
    dir.write("k/lib/modules/other/modules.dep", "");
    CHECK_THAT(bundle_problem(dir.path() / "k"), Contains("none of this kernel"));
}

TEST_CASE("a manifest leads nowhere else") {
    const test::TempDir dir;
    for (const char* manifest :
         {"", "[]", "{}", "nonsense", R"({"name": "a"})", R"({"name": 1, "version": "1"})",
          R"({"name": "a", "version": "../../etc"})", R"({"name": "a", "version": ".."})",
          R"({"name": "a", "version": ""})", R"({"name": "a/b", "version": "1"})"}) {
        fill_bundle(dir, manifest);
        CHECK_FALSE(bundle_problem(dir.path() / "k").empty());
    }
}
