#include "selns/base/error.hpp"
#include "selns/kernel/configure.hpp"
#include "selns/kernel/make.hpp"
#include "selns/kernel/origin.hpp"
#include "selns/kernel/tools.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::kernel;
using Catch::Contains;

namespace {

struct Sources {
    test::TempDir dir;
    Interrupt interrupt;
    process::SystemRunner runner{interrupt};
    cache::Store store{dir.path() / "cache", interrupt};
    progress::NullSink sink;
    Context context{runner, interrupt, store, sink, std::nullopt};
    progress::Step step{sink, "test", ""};

    void git(std::vector<std::string> arguments) {
        process::Command command;
        command.argv = {"git",
                        "-C",
                        (dir.path() / "tree").string(),
                        "-c",
                        "user.name=Test",
                        "-c",
                        "user.email=test@example.org",
                        "-c",
                        "init.defaultBranch=main"};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        REQUIRE(runner.run(command).ok());
    }
    Recipe recipe(Source source) const {
        Recipe made;
        made.name = "k";
        made.source = std::move(source);
        return made;
    }
};

class NoTools final : public process::Runner {
  public:
    process::Result run(const process::Command&) override { return {}; }
    std::optional<std::filesystem::path> find(const std::string&) const override { return {}; }
};

} // namespace

TEST_CASE_METHOD(Sources, "a directory is known by its content") {
    dir.write("tree/Kconfig", "x");
    dir.write("tree/a/b.c", "int b;");
    const Recipe recipe = this->recipe(DirectorySource{dir.path() / "tree"});
    const auto first = find_origin(recipe, false, step, context);
    const auto again = find_origin(recipe, false, step, context);
    CHECK(first->inputs() == again->inputs());
    dir.write("tree/a/b.c", "int c;");
    const auto changed = find_origin(recipe, false, step, context);
    CHECK(first->inputs() != changed->inputs());
    std::filesystem::create_directory(dir.path() / "copy");
    changed->unpack(dir.path() / "copy", Part::everything, step);
    CHECK(test::read_text(dir.path() / "copy/a/b.c") == "int c;");
    changed->unpack(dir.path() / "small", Part::configuration, step);
    CHECK(std::filesystem::exists(dir.path() / "small/Kconfig"));
    CHECK_FALSE(std::filesystem::exists(dir.path() / "small/a"));
}

TEST_CASE_METHOD(Sources, "what a compilation left in a Git tree does not count") {
    dir.write("tree/Kconfig", "x");
    dir.write("tree/.gitignore", "*.o\n");
    git({"init", "-q"});
    git({"add", "."});
    const Recipe recipe = this->recipe(DirectorySource{dir.path() / "tree"});
    const auto before = find_origin(recipe, false, step, context)->inputs();
    dir.write("tree/a.o", "object");
    CHECK(find_origin(recipe, false, step, context)->inputs() == before);
    dir.write("tree/new.c", "");
    CHECK(find_origin(recipe, false, step, context)->inputs() != before);
}

TEST_CASE_METHOD(Sources, "a directory that is no kernel's source") {
    CHECK_THROWS_AS(find_origin(recipe(DirectorySource{dir.path()}), false, step, context), Error);
}

TEST_CASE_METHOD(Sources, "a Git branch is resolved, fetched once and unpacked") {
    dir.write("tree/Kconfig", "one");
    git({"init", "-q"});
    git({"add", "."});
    git({"commit", "-q", "-m", "one"});
    GitSource source{"file://" + (dir.path() / "tree").string(), "main", std::nullopt};
    const auto origin = find_origin(recipe(source), false, step, context);
    const std::string commit = origin->inputs().back().second;
    CHECK(commit.size() == 40);
    std::filesystem::create_directory(dir.path() / "one");
    origin->unpack(dir.path() / "one", Part::everything, step);
    CHECK(test::read_text(dir.path() / "one/Kconfig") == "one");

    // Pinned and in the cache: nobody is asked any more.
    std::filesystem::remove_all(dir.path() / "tree");
    CHECK_THROWS_AS(find_origin(recipe(source), false, step, context), Error);
    source.commit = commit;
    const auto pinned = find_origin(recipe(source), false, step, context);
    std::filesystem::create_directory(dir.path() / "two");
    pinned->unpack(dir.path() / "two", Part::everything, step);
    CHECK(test::read_text(dir.path() / "two/Kconfig") == "one");
}

TEST_CASE_METHOD(Sources, "a Git repository that cannot be reached is told with its place") {
    Recipe unreachable = recipe(GitSource{"file:///nonexistent", "main", std::nullopt});
    unreachable.source_at = {"k.yaml", 3, 9};
    try {
        find_origin(unreachable, false, step, context);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK(error.location().str() == "k.yaml:3:9");
        CHECK_THAT(error.message(), Contains("cannot reach file:///nonexistent"));
        CHECK_THAT(error.hint(), Contains("--source DIR"));
    }
    dir.write("tree/Kconfig", "one");
    git({"init", "-q"});
    git({"add", "."});
    git({"commit", "-q", "-m", "one"});
    try {
        find_origin(recipe(GitSource{"file://" + (dir.path() / "tree").string(), "no", {}}), false,
                    step, context);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), Contains("has no branch no"));
    }
}

TEST_CASE_METHOD(Sources, "patches are put over the source in order") {
    dir.write("tree/Kconfig", "one\n");
    Recipe patched = recipe(DirectorySource{dir.path() / "tree"});
    const auto patch = [](const std::string& from, const std::string& to) {
        return TextFile{from + ".patch",
                        "--- a/Kconfig\n+++ b/Kconfig\n@@ -1 +1 @@\n-" + from + "\n+" + to + "\n"};
    };
    patched.patches = {patch("one", "two"), patch("two", "three")};
    const auto origin = find_origin(patched, false, step, context);
    prepare_source(patched, *origin, dir.path() / "a", Part::everything, step, context);
    CHECK(test::read_text(dir.path() / "a/Kconfig") == "three\n");
    CHECK(test::read_text(dir.path() / "tree/Kconfig") == "one\n");
    patched.patches = {patch("zero", "one")};
    try {
        prepare_source(patched, *origin, dir.path() / "b", Part::everything, step, context);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location().file == "zero.patch");
        CHECK_THAT(error.hint(), Contains("1 out of 1 hunk"));
    }
}

TEST_CASE_METHOD(Sources, "make's steps are counted, and what failed is shown") {
    dir.write("tree/Makefile", "all:\n\t@echo '  CC      a.o'\n\t@echo '  CC      b.o'\n"
                               "bad: all\n\t@echo 'a.c:1:2: error: no such thing' >&2\n\t@false\n"
                               "stamp:\n\t@echo $(KBUILD_BUILD_TIMESTAMP)$(SECRET)\n");
    BuildLog log(dir.path() / "log", 0, step);
    ::setenv("SECRET", "leaked", 1);
    Make make(dir.path() / "tree", "then", runner, log);
    make.run({"all"}, "all failed");
    CHECK(log.steps() == 2);
    CHECK(make.ask("stamp") == "then");
    try {
        make.run({"bad"}, "it failed");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK(error.message() == "it failed");
        CHECK_THAT(error.hint(), Contains("a.c:1:2: error: no such thing") &&
                                     Contains((dir.path() / "log").string()));
    }
    CHECK_THAT(test::read_text(dir.path() / "log"), Contains("CC      b.o"));
}

TEST_CASE("missing tools are told with their packages") {
    NoTools none;
    Recipe recipe;
    recipe.source = GitSource{};
    try {
        require_tools(recipe, Purpose::build, none);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK_THAT(error.message(), Contains("flex, bison, bc"));
        CHECK_THAT(error.hint(), Contains("apt-get install make gcc binutils flex bison bc"));
    }
    recipe.source = PackageSource{};
    CHECK_THROWS_AS(require_tools(recipe, Purpose::build, none), Error);
}
