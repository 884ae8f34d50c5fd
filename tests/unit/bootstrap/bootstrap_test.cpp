#include "fake_runner.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/bootstrap.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace selns;
using namespace selns::bootstrap;

namespace {

struct Fixture {
    test::TempDir dir;
    std::filesystem::path temporary = dir.path() / "temporary";
    Interrupt interrupt;
    cache::Store store{dir.path() / "cache", interrupt};
    progress::NullSink sink;
    progress::Step step{sink, "bootstrap", ""};
    test::FakeRunner runner;
    recipe::Recipe recipe;

    Fixture() {
        std::filesystem::create_directory(temporary);
        ::chmod(dir.path().c_str(), 0755);
        ::setenv("TMPDIR", temporary.c_str(), 1);
        recipe.name = "web";
        recipe.file = "web.yaml";
        recipe.from.release().name = "bookworm";
        recipe.packages = {{"nginx", {"web.yaml", 4, 5}}};
        offer("1.0");
        runner.on_build = [](const std::string& tar) {
            tree::Tree tree;
            tree::Inode inode;
            inode.content = tree::Content::bytes("built\n");
            tree.put("/etc/built", inode);
            std::ofstream out(tar, std::ios::binary);
            tree::write_tar(tree, [&](std::string_view piece) { out << piece; });
        };
    }
    ~Fixture() { ::unsetenv("TMPDIR"); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    // What a build installs and what a simulation finds.
    void offer(const std::string& version) {
        runner.errors = "selns-build: package nginx " + version + " amd64 installed";
        runner.simulation = "Inst nginx (" + version + " Debian:12/stable [amd64])";
    }
    Status now(const Options& options = {}) {
        return status(*make_job(recipe, options, runner, store), recipe.name, store);
    }
    Archive run(bool refresh = false, const Options& options = {}) {
        const auto job = make_job(recipe, options, runner, store);
        return bootstrap::bootstrap(*job, recipe.name, refresh, runner, store, step);
    }
    bool nothing_left() const {
        return std::filesystem::is_empty(temporary) &&
               std::filesystem::is_empty(store.root() / "staging") &&
               std::filesystem::is_empty(store.root() / "run");
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "an archive is made once") {
    CHECK_FALSE(now().entry);
    const Archive made = run();
    CHECK_FALSE(made.cached);
    CHECK(tree::read_archive(made.file).read("/etc/built") == "built\n");
    const Archive again = run();
    CHECK(again.cached);
    CHECK(again.file == made.file);
    CHECK(again.key == made.key);
    CHECK(again.generation == made.generation);
    CHECK(runner.runs.size() == 1);
    CHECK(now().entry);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "the tool gets a clean environment and the run's directories") {
    ::setenv("LD_LIBRARY_PATH", "/evil", 1);
    ::setenv("http_proxy", "http://proxy.example:3128", 1);
    Options options;
    options.epoch = 1700000000;
    run(false, options);
    ::unsetenv("LD_LIBRARY_PATH");
    ::unsetenv("http_proxy");
    REQUIRE(runner.runs.size() == 1);
    const auto& argv = runner.runs[0];
    CHECK(argv[0] == "env");
    CHECK(argv[1] == "-i");
    const std::string line = join(argv, " ");
    CHECK_THAT(line, ContainsSubstring(" SOURCE_DATE_EPOCH=1700000000 "));
    CHECK_THAT(line, ContainsSubstring(" http_proxy=http://proxy.example:3128 "));
    CHECK_THAT(line, ContainsSubstring(" TMPDIR=" + temporary.string() + "/selns-build-"));
    CHECK_THAT(line, !ContainsSubstring("LD_LIBRARY_PATH"));
}

TEST_CASE_METHOD(Fixture, "a refresh keeps an archive that has the newest packages") {
    const Archive made = run();
    CHECK(run(true).cached);
    CHECK(runner.runs.size() == 2); // the second only simulates
    offer("1.1");
    CHECK(run(false).cached);
    const Archive newer = run(true);
    CHECK_FALSE(newer.cached);
    CHECK(newer.key == made.key);
    CHECK(newer.generation != made.generation);
    CHECK(run(true).generation == newer.generation);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a refresh looks at versions, not at what a simulation chooses besides") {
    run();
    runner.simulation += "\nInst lsb-base (11.6 Debian:12/stable [all])";
    CHECK(run(true).cached);
    runner.simulation = "Inst nginx (2.0 Debian:12/stable [i386])";
    CHECK(run(true).cached);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a failure is told and leaves nothing") {
    runner.exit_code = 1;
    runner.errors = "E: Unable to locate package nginx\nE: mmdebstrap failed to run";
    try {
        run();
        FAIL("built");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK(
            std::string(error.what()).starts_with("web.yaml:4:5: Unable to locate package nginx"));
    }
    CHECK_FALSE(now().entry);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a tar that is none is not published") {
    runner.on_build = [](const std::string& tar) { std::ofstream(tar) << "no tar at all"; };
    CHECK_THROWS_AS(run(), Error);
    CHECK_FALSE(now().entry);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a missing mmdebstrap names its package") {
    runner.missing = {"mmdebstrap"};
    try {
        run();
        FAIL("built");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK(error.message() == "mmdebstrap is not installed");
        CHECK(error.hint() == "apt-get install mmdebstrap");
    }
}

TEST_CASE_METHOD(Fixture, "the base is kept, and other recipes begin with it") {
    std::vector<std::string> begun;
    const auto build = runner.on_build;
    runner.on_build = [&](const std::string& tar) {
        const auto base = std::filesystem::directory_iterator(temporary)->path() / "base.tar";
        begun.push_back(test::read_text(base));
        if (begun.back().empty())
            std::ofstream(base) << "the base";
        build(tar);
    };
    const auto bases = [&] { return store.entries("base").size(); };
    const std::string package = runner.errors;
    run();
    CHECK(bases() == 0); // it was not said to be complete

    runner.errors = "selns-build: base kept "
                    "1a4b384c68bfc25050134f1c855abcdf536e3e14c140329a8a40cdaa80e79eb2\n" +
                    package;
    recipe.packages.push_back({"curl", {}});
    run();
    CHECK(bases() == 1);
    CHECK(store.entries("base").front().record.owner == "debian bookworm");

    recipe.packages.push_back({"less", {}});
    run();
    recipe.from.release().name = "trixie";
    run();
    CHECK(begun == std::vector<std::string>{"", "", "the base", ""});
    CHECK(bases() == 2);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "the base is kept when what goes on top of it fails") {
    runner.on_build = [&](const std::string&) {
        const auto run = std::filesystem::directory_iterator(temporary)->path();
        std::ofstream(run / "base.tar") << "the base";
    };
    runner.exit_code = 1;
    runner.errors = "selns-build: base kept "
                    "1a4b384c68bfc25050134f1c855abcdf536e3e14c140329a8a40cdaa80e79eb2\nE: Unable "
                    "to locate package nginx";
    CHECK_THROWS_AS(run(), Error);
    CHECK(store.entries("base").size() == 1);
    CHECK_FALSE(now().entry);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a base that was changed after it was kept is none") {
    const auto build = runner.on_build;
    runner.on_build = [&](const std::string& tar) {
        std::ofstream(std::filesystem::directory_iterator(temporary)->path() / "base.tar")
            << "changed";
        build(tar);
    };
    // What runs in the root later may name another sum.
    runner.errors = "selns-build: base kept " + sha256("the base") + "\nselns-build: base kept " +
                    sha256("changed");
    CHECK(tree::read_archive(run().file).find("/etc/built"));
    CHECK(store.entries("base").empty());
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a base that is older than the sources is made again") {
    const std::string package = runner.errors;
    const auto build = runner.on_build;
    std::vector<std::string> begun;
    const auto follow = [&](const std::string& tar) {
        std::filesystem::path base;
        for (const auto& run : std::filesystem::directory_iterator(temporary))
            if (runner.runs.back()[4] == "TMPDIR=" + (run.path() / "tmp").string())
                base = run.path() / "base.tar";
        begun.push_back(test::read_text(base));
        if (begun.back().empty()) {
            const std::string content = "base " + std::to_string(begun.size());
            std::ofstream(base) << content;
            runner.errors = "selns-build: base kept " + sha256(content) + "\n" + package;
            runner.exit_code = 0;
            build(tar);
        } else {
            runner.errors = "selns-build: base is old";
            runner.exit_code = 1;
        }
    };
    runner.on_build = follow;
    run();
    recipe.packages.push_back({"curl", {}});
    CHECK(tree::read_archive(run().file).find("/etc/built"));
    CHECK(begun == std::vector<std::string>{"", "base 1", ""});
    REQUIRE(store.entries("base").size() == 1);
    CHECK(test::read_text(store.entries("base").front().directory / "base.tar") == "base 3");
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "plan knows what changed") {
    run();
    recipe.packages.push_back({"curl", {}});
    const Status changed = now();
    CHECK_FALSE(changed.entry);
    REQUIRE(changed.changes);
    REQUIRE(changed.changes->size() == 1);
    CHECK(changed.changes->front().name == "packages");
    CHECK(changed.changes->front().before == "nginx selinux-policy-default");
    CHECK(changed.changes->front().after == "curl nginx selinux-policy-default");
}

TEST_CASE_METHOD(Fixture, "files matter only to a recipe with commands") {
    tree::Tree overlay;
    overlay.put("/etc/motd", {});
    recipe.files.emplace_back();
    Options with;
    with.overlay = &overlay;
    const auto key = [&](const Options& options) { return now(options).key; };
    CHECK(key({}) == key(with));
    recipe.commands = {{"true", {}}};
    CHECK(key({}) != key(with));
}

TEST_CASE_METHOD(Fixture,
                 "scripts, packages and files are there for the user alone while it runs") {
    tree::Tree overlay;
    overlay.put("/etc/resolv.conf", {});
    recipe.files.emplace_back();
    Options options;
    options.overlay = &overlay;
    recipe.commands = {{"echo 'x'", {}}};
    recipe.local_packages = {{dir.write("my.deb", "!<arch>"), {}}};
    const auto build = runner.on_build;
    runner.on_build = [&](const std::string& tar) {
        const auto run = std::filesystem::directory_iterator(temporary)->path();
        for (const char* name :
             {"hooks/setup", "hooks/customize", "apt.conf", "install", "commands/0000",
              "packages/1.deb", "files.tar", "keep-resolv.conf", "image/sources.list"}) {
            INFO(name);
            struct stat file = {};
            REQUIRE(::stat((run / name).c_str(), &file) == 0);
            // apt reads packages as a user of its own.
            const bool package = std::string_view(name).starts_with("packages/");
            CHECK((file.st_mode & 0007U) == (package ? 4U : 0U));
        }
        CHECK(test::read_text(run / "commands/0000") == "echo 'x'");
        CHECK(test::read_text(run / "packages/1.deb") == "!<arch>");
        CHECK(tree::read_archive(run / "files.tar").find("/etc/resolv.conf"));
        CHECK_THAT(test::read_text(run / "apt.conf"), ContainsSubstring("proxy.example"));
        build(tar);
    };
    run(false, options);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "keys and packages that are none are shown where the recipe names them") {
    recipe::Repository repository;
    repository.uri = "https://vendor.example/apt";
    repository.suite = "stable";
    repository.components = {"main"};
    repository.key = {dir.write("key.asc", "no key"), {"web.yaml", 8, 3}};
    recipe.repositories = {repository};
    try {
        run();
        FAIL("built");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location() == Location{"web.yaml", 8, 3});
    }
    recipe.repositories.clear();
    recipe.local_packages = {{dir.path() / "missing.deb", {"web.yaml", 9, 3}}};
    try {
        run();
        FAIL("built");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location() == Location{"web.yaml", 9, 3});
    }
}

TEST_CASE_METHOD(Fixture, "a local package that is none is told before anything is fetched") {
    recipe.local_packages = {{dir.write("bad.deb", "no package"), {"web.yaml", 9, 3}}};
    runner.failing = {"dpkg-deb"};
    try {
        run();
        FAIL("built");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location() == Location{"web.yaml", 9, 3});
        CHECK(error.hint() == "dpkg-deb: error");
    }
    CHECK(runner.runs.empty());
    CHECK(nothing_left());
}
