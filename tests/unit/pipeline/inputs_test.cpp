#include "selns/pipeline/inputs.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>

using namespace selns;

namespace {

recipe::Located<recipe::Path> located(const recipe::Path& path) {
    return {path, {"web.yaml", 7, 3}};
}

} // namespace

TEST_CASE("log patterns become files, sorted, each once") {
    const test::TempDir dir;
    dir.write("logs/b.log", "");
    dir.write("logs/a.log", "");
    dir.write("logs/folder.log/x", "");
    recipe::Recipe recipe;
    const auto pattern = [&](const char* text) {
        recipe.selinux.denials.logs.push_back({(dir.path() / text).string(), {"web.yaml", 9, 5}});
    };
    pattern("logs/*.log");
    pattern("logs/a.log");
    pattern("logs/*.gz");
    CHECK(pipeline::log_files(recipe) ==
          std::vector<std::filesystem::path>{dir.path() / "logs/a.log", dir.path() / "logs/b.log"});
    pattern("logs/none.log");
    CHECK_THROWS_WITH(pipeline::log_files(recipe),
                      ContainsSubstring("web.yaml:9:5: ") && ContainsSubstring("none.log"));
}

TEST_CASE("modules, booleans and file contexts become one set of changes") {
    const test::TempDir dir;
    recipe::Recipe recipe;
    recipe.selinux.modules = {located(dir.write("app.cil", "(type a_t)")),
                              located(dir.write("web.pp", "package"))};
    recipe.selinux.booleans["b"] = {true, {}};
    recipe.selinux.file_contexts = {{"/srv(/.*)?  system_u:object_r:a_t:s0", {}},
                                    {"/x -d <<none>>", {}}};
    const auto changes = pipeline::base_changes(recipe, {});
    REQUIRE(changes.modules.size() == 2);
    CHECK(changes.modules[0].name == "app");
    CHECK(changes.modules[0].language == "cil");
    CHECK(changes.modules[1].language == "pp");
    REQUIRE(changes.file_contexts.size() == 2);
    CHECK(changes.file_contexts[0].type == 0);
    CHECK(changes.file_contexts[0].context == "system_u:object_r:a_t:s0");
    CHECK(changes.file_contexts[1].type == S_IFDIR);
    CHECK(changes.file_contexts[1].context.empty());
}

TEST_CASE("two modules of one name are refused, the local module's among them") {
    const test::TempDir dir;
    recipe::Recipe recipe;
    recipe.selinux.modules = {located(dir.write("selinuxns.cil", ""))};
    CHECK_THROWS_WITH(pipeline::base_changes(recipe, {}), ContainsSubstring("web.yaml:7:3: "));
    CHECK(pipeline::local_module_name(recipe) == "selinuxns");
    recipe.selinux.denials.module = located(dir.path() / "web.cil");
    CHECK(pipeline::local_module_name(recipe) == "web");
    CHECK(pipeline::base_changes(recipe, {}).modules.size() == 1);
}

TEST_CASE("every value that decides about outputs is among the recipe's values") {
    recipe::Recipe recipe;
    recipe.name = "web";
    recipe.images = {{&image::format("ext4"), {}, {}}};
    const auto before = pipeline::recipe_values(recipe);
    const auto changed = [&](auto change) {
        recipe::Recipe other = recipe;
        change(other);
        return pipeline::recipe_values(other) != before;
    };
    CHECK_FALSE(changed([](recipe::Recipe&) {}));
    CHECK(changed([](auto& r) { r.hostname = "x"; }));
    CHECK(changed([](auto& r) { r.root_password.kind = recipe::RootPassword::Kind::empty; }));
    CHECK(changed([](auto& r) { r.selinux.policy = "mls"; }));
    CHECK(changed([](auto& r) { r.selinux.mode = recipe::Mode::enforcing; }));
    CHECK(changed([](auto& r) { r.selinux.booleans["b"] = {true, {}}; }));
    CHECK(changed([](auto& r) { r.selinux.file_contexts.push_back({"/a b", {}}); }));
    CHECK(changed([](auto& r) { r.selinux.label.invalid = recipe::Severity::warn; }));
    CHECK(changed([](auto& r) { r.images[0].size = 1U << 30U; }));
    CHECK(changed([](auto& r) { r.images.push_back({&image::format("tar"), {}, {}}); }));
    CHECK(changed([](auto& r) { r.launch.memory = 1; }));
    CHECK(changed([](auto& r) { r.launch.kernel = "debian"; }));
}
