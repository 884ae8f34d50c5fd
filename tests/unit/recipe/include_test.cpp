#include "recipe/support.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>

using namespace selns;

namespace {

struct Folder {
    test::TempDir dir;

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((dir.path() / name).parent_path());
        std::ofstream(dir.path() / name, std::ios::binary) << text;
    }
    recipe::Recipe load(const std::vector<recipe::Override>& overrides = {}) const {
        return recipe::load(dir.path() / "web.yaml", overrides);
    }
    // What is wrong, without the folder.
    std::string problems() const {
        try {
            load();
        } catch (const Error& error) {
            std::string what = error.what();
            const std::string folder = dir.path().string() + "/";
            for (auto at = what.find(folder); at != what.npos; at = what.find(folder, at))
                what.erase(at, folder.size());
            return what;
        }
        return {};
    }
};

std::vector<std::string> names(const recipe::Recipe& recipe) {
    std::vector<std::string> result;
    for (const auto& package : recipe.packages)
        result.push_back(package.value);
    return result;
}

const std::string head = "name: web\nfrom: { debian: { release: bookworm } }\n";

} // namespace

TEST_CASE_METHOD(Folder, "maps are merged, lists appended, and the later value wins") {
    write("a.yaml", "packages: [one]\nselinux: { mode: permissive, booleans: { x: true } }\n");
    write("b.yaml", "packages: [two]\nselinux: { booleans: { x: false, y: true } }\n"
                    "launch: { kernel: b }\n");
    write("web.yaml", head + "include: [a.yaml, b.yaml]\npackages: [three]\n"
                             "selinux: { mode: enforcing }\n");
    const auto web = load();
    CHECK(names(web) == std::vector<std::string>{"one", "two", "three"});
    CHECK(web.selinux.mode == recipe::Mode::enforcing);
    CHECK_FALSE(web.selinux.booleans.at("x").value);
    CHECK(web.selinux.booleans.at("y").value);
    CHECK(web.launch.kernel == "b");
    CHECK(web.places.at("launch.kernel").file == (dir.path() / "b.yaml").string());
    CHECK(web.places.at("selinux.mode").file == (dir.path() / "web.yaml").string());
    REQUIRE(web.included.size() == 2);
    CHECK(web.included[1].value == dir.path() / "b.yaml");
    CHECK(load({{"selinux.mode", "permissive"}}).selinux.mode == recipe::Mode::permissive);
}

TEST_CASE_METHOD(Folder, "a key with an exclamation mark replaces what was included") {
    write("a.yaml", "packages: [one]\nimages: [tar, ext4]\n"
                    "selinux: { booleans: { x: true }, denials: { refuse: ['* a_t:file *'] } }\n");
    write("b.yaml", "packages!: [two]\n");
    write("web.yaml", head + "include: [a.yaml, b.yaml]\npackages: [three]\nimages!: [tar]\n"
                             "selinux: { booleans!: { y: true }, denials: { refuse!: [] } }\n");
    const auto web = load();
    CHECK(names(web) == std::vector<std::string>{"two", "three"});
    REQUIRE(web.images.size() == 1);
    CHECK(web.selinux.booleans.size() == 1);
    CHECK(web.selinux.booleans.contains("y"));
    CHECK(web.selinux.denials.refuse.empty());
    CHECK(web.places.at("images").file == (dir.path() / "web.yaml").string());
}

TEST_CASE_METHOD(Folder, "an exclamation mark is fine where nothing is included, once a key") {
    write("web.yaml", head + "packages!: [one]\n");
    CHECK(names(load()) == std::vector<std::string>{"one"});
    write("web.yaml", head + "packages!: [one]\nselinux:\n  modules: []\n  modules!: []\n");
    CHECK(problems() == "web.yaml:6:3: selinux.modules: expected either modules or modules!, got "
                        "both");
    write("web.yaml", head + "imges!: [tar]\n");
    CHECK_THAT(problems(), ContainsSubstring("imges: unknown key (did you mean images?)"));
    write("web.yaml", head + "include!: [web.yaml]\n");
    CHECK_THAT(problems(), ContainsSubstring("web.yaml:3:1: include: has nothing to replace"));
}

TEST_CASE_METHOD(Folder, "an included file's paths are relative to its own folder") {
    write("shared/policy/app.cil", "");
    write("shared/base.yaml", "include: [deeper/more.yaml]\nselinux: { modules: [policy/app.cil], "
                              "denials: { logs: [logs/*.log] } }\n");
    write("shared/deeper/more.yaml", "files: [{ source: motd, target: /etc/motd }]\n");
    write("shared/deeper/motd", "");
    write("web.yaml", head + "include: [shared/base.yaml]\n");
    const auto web = load();
    CHECK(web.selinux.modules.at(0).value == dir.path() / "shared/policy/app.cil");
    CHECK(web.files.at(0).source->value == dir.path() / "shared/deeper/motd");
    CHECK(web.selinux.denials.logs.at(0).value == (dir.path() / "shared/logs/*.log").string());
}

TEST_CASE_METHOD(Folder, "a file that two others include is taken once") {
    write("common.yaml", "packages: [common]\n");
    write("a.yaml", "include: [common.yaml]\npackages: [a]\n");
    write("b.yaml", "include: [./common.yaml]\npackages: [b]\n");
    write("web.yaml", head + "include: [a.yaml, b.yaml]\n");
    CHECK(names(load()) == std::vector<std::string>{"common", "a", "b"});
}

TEST_CASE_METHOD(Folder, "what is wrong in an included file has its place there") {
    write("shared/base.yaml", "\npakages: [x]\nselinux:\n  mode: enforce\n");
    write("web.yaml", head + "include: [shared/base.yaml]\n");
    CHECK(problems() == "shared/base.yaml:2:1: pakages: unknown key (did you mean packages?)\n"
                        "shared/base.yaml:4:9: selinux.mode: expected permissive or enforcing, got "
                        "\"enforce\" (did you mean enforcing?)");
    write("shared/base.yaml", "packages: [x\n");
    CHECK_THAT(problems(), ContainsSubstring("shared/base.yaml:"));
}

TEST_CASE_METHOD(Folder, "what cannot be included is named with the place that asks for it") {
    std::filesystem::create_directory(dir.path() / "folder");
    write("list.yaml", "[a]\n");
    write("web.yaml", head + "include:\n  - none.yaml\n  - folder\n  - list.yaml\n  - 8\n");
    CHECK(
        problems() ==
        "web.yaml:4:5: include[0]: no such file: none.yaml (paths are relative to the recipe's "
        "folder)\nweb.yaml:5:5: include[1]: expected a recipe's file, got a directory: folder "
        "(paths are relative "
        "to the recipe's folder)\nweb.yaml:6:5: include[2]: expected a recipe's file, with keys: "
        "list.yaml\nweb.yaml:7:5: include[3]: expected the path of a recipe, got the number 8; put "
        "it in quotes: \"8\"");
    write("web.yaml", head + "include: base.yaml\n");
    CHECK_THAT(problems(), ContainsSubstring("include: expected a list of recipes"));
}

TEST_CASE_METHOD(Folder, "a cycle ends with an error") {
    write("web.yaml", head + "include: [a.yaml]\n");
    write("a.yaml", "include: [sub/b.yaml]\n");
    write("sub/b.yaml", "include:\n  - ../a.yaml\n");
    CHECK(problems() == "sub/b.yaml:2:5: include[0]: this recipe includes itself: sub/../a.yaml");
    write("a.yaml", "include: [web.yaml]\n");
    CHECK_THAT(problems(), ContainsSubstring("a.yaml:1:11: include[0]: this recipe includes"));
}

TEST_CASE_METHOD(Folder, "what is included is limited") {
    std::string many = head + "include:\n";
    for (int i = 0; i < 60; ++i) {
        const std::string name = "f" + std::to_string(i) + ".yaml";
        write(name, "launch: {}\n");
        many += "  - " + name + "\n";
    }
    write("web.yaml", many);
    CHECK_THAT(problems(), ContainsSubstring("more than 50 files are included"));

    std::string large = "packages:\n";
    for (int i = 0; i < 60'000; ++i)
        large += "  - x\n";
    write("a.yaml", large);
    write("b.yaml", large);
    write("web.yaml", head + "include: [a.yaml, b.yaml]\n");
    CHECK_THAT(problems(), ContainsSubstring("what is included is too large"));
}

TEST_CASE_METHOD(Folder, "an override cannot include") {
    write("web.yaml", head);
    CHECK_THROWS_WITH(load({{"include", "[a.yaml]"}}), ContainsSubstring("only a recipe's file"));
}
