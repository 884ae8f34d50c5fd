#include "recipe/support.hpp"
#include "selns/recipe/recipe.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>

using selns::Error;
using selns::recipe::load;
using selns::test::compare_golden;
using selns::test::TempDir;

namespace {

// The problems of the recipe "web.yaml" in DIR, with DIR for its name.
std::string problems_in(const TempDir& dir, const std::string& text) {
    const auto file = dir.write("web.yaml", selns::test::least + text);
    std::string what;
    try {
        load(file);
    } catch (const Error& error) {
        what = error.what();
    }
    const std::string folder = dir.path().string();
    for (auto at = what.find(folder); at != std::string::npos; at = what.find(folder, at))
        what.replace(at, folder.size(), "DIR");
    return what;
}

} // namespace

TEST_CASE("files that a recipe names must be there") {
    const TempDir dir;
    dir.write("a-file", "");
    dir.write("folder.cil/x", "");
    ::mkfifo((dir.path() / "pipe.pp").c_str(), 0600);
    const std::string text = R"(packages: [./missing.deb, /nonexistent/other.deb]
repositories:
  - { uri: "http://a.example/", suite: ./, key: missing.asc }
files:
  - { source: missing, target: /x }
  - { source: a-file/, target: /x }
selinux:
  modules: [policy/missing.cil, folder.cil, pipe.pp]
  denials: { module: folder.cil, logs: [missing/*.log] }
)";
    CHECK(compare_golden("unit/recipe/golden/missing_files.txt", problems_in(dir, text) + "\n") ==
          "");
}

TEST_CASE("symbolic links to files are files") {
    const TempDir dir;
    dir.write("real.cil", "");
    std::filesystem::create_symlink("real.cil", dir.path() / "link.cil");
    std::filesystem::create_symlink("nowhere", dir.path() / "broken.cil");
    CHECK(problems_in(dir, "selinux: { modules: [link.cil] }\n").empty());
    CHECK_THAT(problems_in(dir, "selinux: { modules: [broken.cil] }\n"),
               ContainsSubstring("no such file: DIR/broken.cil"));
}

TEST_CASE("a mode is for a single file") {
    const TempDir dir;
    dir.write("folder/file", "");
    CHECK(problems_in(dir, "files: [{ source: folder/file, target: /x, mode: 600 }]\n").empty());
    CHECK(problems_in(dir, "files: [{ source: folder, target: /x, mode: 600 }]\n") ==
          "DIR/web.yaml:3:45: files[0].mode: only a single file takes a mode; the source is a "
          "directory");
}

TEST_CASE("modules have names of their own") {
    const TempDir dir;
    for (const char* name : {"a/app.cil", "b/app.pp", "local.cil"})
        dir.write(name, "");
    CHECK(problems_in(dir, "selinux: { modules: [a/app.cil, b/app.pp] }\n") ==
          "DIR/web.yaml:3:33: selinux.modules[1]: a second module named app, the first is at "
          "DIR/web.yaml:3:22");
    CHECK_THAT(
        problems_in(dir, "selinux: { modules: [local.cil], denials: { module: ./local.cil } }\n"),
        ContainsSubstring("selinux.denials.module: expected a module of its own"));
}

TEST_CASE("paths are absolute, and the folder's name is not a pattern") {
    const TempDir dir;
    dir.write("[a]*/policy/a.cil", "");
    const auto file = dir.write("[a]*/./web.yaml", selns::test::least + std::string(R"(
selinux: { modules: [./policy//a.cil], denials: { logs: ["*.log", "./l?/x"] } }
)"));
    const auto recipe = load(file);
    CHECK(recipe.selinux.modules[0].value == dir.path() / "[a]*/policy/a.cil");
    CHECK(recipe.selinux.denials.logs[0].value == dir.path().string() + "/\\[a\\]\\*/*.log");
    CHECK(recipe.selinux.denials.logs[1].value == dir.path().string() + "/\\[a\\]\\*/./l?/x");
}
