#include "selns/kernel/fragments.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/kernel/shipped.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <set>

using namespace selns;
using namespace selns::kernel;
using Catch::Contains;

namespace {

std::string problem_of(const std::string& text,
                       const std::optional<std::filesystem::path>& folder = std::nullopt) {
    try {
        parse(text, "k.yaml", folder);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.message();
    }
}

} // namespace

TEST_CASE("the shipped kernels") {
    std::set<std::string> names;
    for (const Recipe& recipe : shipped_recipes()) {
        names.insert(recipe.name);
        CHECK(recipe.file == "kernel/" + recipe.name + ".yaml");
        CHECK_FALSE(recipe.about.empty());
        CHECK_FALSE(recipe.provides.empty());
        CHECK_NOTHROW(merge_fragments(recipe.fragments));
        CHECK(load(recipe.name).name == recipe.name);
    }
    CHECK(names == std::set<std::string>{"debian", "debian-13", "debian-source", "selinuxns"});
    CHECK_FALSE(is_compiled(load("debian")));
    const Recipe namespaced = load("selinuxns");
    REQUIRE(std::holds_alternative<GitSource>(namespaced.source));
    const auto wanted = merge_fragments(namespaced.fragments);
    CHECK(value_of(wanted, "CONFIG_SECURITY_SELINUX_NS") == "y");
    CHECK(value_of(wanted, "CONFIG_LSM") == "\"landlock,lockdown,yama,integrity,selinux,bpf\"");
}

TEST_CASE("a kernel recipe of the user's own") {
    const test::TempDir dir;
    dir.write("my.config", "CONFIG_A=y\n");
    dir.write("patches/0001.patch", "--- a\n");
    dir.write("base", "CONFIG_B=y\n");
    const auto file = dir.write("k.yaml", "name: mine\nabout: My kernel\n"
                                          "source: { directory: tree }\n"
                                          "patches: [patches/0001.patch]\nbase: ./base\n"
                                          "fragments: [selinux, my.config]\n"
                                          "provides: [selinux]\n");
    std::filesystem::create_directory(dir.path() / "tree");
    const Recipe recipe = load(file);
    CHECK(recipe.name == "mine");
    CHECK(std::get<DirectorySource>(recipe.source).directory == dir.path() / "tree");
    REQUIRE(recipe.patches.size() == 1);
    CHECK(recipe.patches[0].text == "--- a\n");
    REQUIRE(recipe.base_file);
    CHECK(recipe.base_file->text == "CONFIG_B=y\n");
    REQUIRE(recipe.fragments.size() == 2);
    CHECK(recipe.fragments[0].name == "kernel/fragments/selinux.config");
    CHECK(recipe.fragments[1].name == (dir.path() / "my.config").string());
    CHECK(recipe.provides == std::vector<std::string>{"selinux"});
}

TEST_CASE("all that is wrong with a kernel recipe is told at once") {
    const std::string said = problem_of("name: k\nabuot: x\nsource: { git: { url: \"ext::sh\", "
                                        "branch: \"a..b\" }, package: linux-image-amd64 }\n"
                                        "provides: [selinx]\n");
    CHECK_THAT(said, Contains("k.yaml:2:1: abuot: unknown key (did you mean about?)"));
    CHECK_THAT(said, Contains("k.yaml:1:1: about: missing"));
    CHECK_THAT(said, Contains("source: expected exactly one of git, package, source_package or "
                              "directory, got 2"));
    CHECK_THAT(said, Contains("source.git.url: expected a URL"));
    CHECK_THAT(said, Contains("source.git.branch: expected the name of a branch"));
    CHECK_THAT(said, Contains("did you mean selinux?"));
    CHECK_THAT(problem_of("name: k\nabout: x\nsource: { source_package: linux-source }\n"
                          "fragments: [selinus]\n"),
               Contains("k.yaml:4:13: fragments[0]: no fragment of this name is shipped (did you "
                        "mean selinux?)"));
}

TEST_CASE("what a kernel recipe cannot say") {
    const std::string head = "name: k\nabout: x\nsource: ";
    CHECK_THAT(problem_of(head + "{ directory: /, release: trixie }\n"),
               Contains("source.release: only packages are of a release"));
    CHECK_THAT(problem_of(head + "{ package: linux-image-amd64 }\nbase: defconfig\n"),
               Contains("base: a packaged kernel is taken as it is"));
    CHECK_THAT(problem_of(head + "{ package: bash }\n"), Contains("expected a package such as"));
    CHECK_THAT(problem_of(head + "{ directory: nowhere }\n", "/nonexistent"),
               Contains("source.directory: no such directory"));
    CHECK_THAT(problem_of(head + "{ git: { url: https://h/r, branch: b, commit: abc } }\n"),
               Contains("commit: expected a commit: 40 hexadecimal digits"));
    CHECK_THAT(problem_of(head + "{ source_package: linux-source }\nbase: menuconfig\n"),
               Contains("base: expected allnoconfig"));
    CHECK_THAT(problem_of(head + "{ source_package: linux-source }\nfragments: [./no.config]\n",
                          "/nonexistent"),
               Contains("fragments[0]: no such file"));
    CHECK_THAT(problem_of(""), Contains("expected a kernel recipe"));
    CHECK_THAT(problem_of("- a\n"), Contains("expected a kernel recipe"));
}

TEST_CASE("a kernel that there is not") {
    try {
        load("debain");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_THAT(error.message(), Contains("did you mean debian?"));
    }
    CHECK_THROWS_AS(load("/"), Error);
}
