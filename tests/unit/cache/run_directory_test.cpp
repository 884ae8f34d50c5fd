#include "forked.hpp"
#include "selns/cache/run_directory.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using namespace selns;
using namespace selns::cache;

namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status = {};
    ::lstat(path.c_str(), &status);
    return status.st_mode & 07777U;
}

struct Fixture {
    test::TempDir dir;
    std::filesystem::path register_directory = dir.path() / "run";
    std::filesystem::path temporary = dir.path() / "temporary";

    Fixture() {
        std::filesystem::create_directory(temporary);
        ::chmod(dir.path().c_str(), 0755);
        ::chmod(temporary.c_str(), 01777);
        ::setenv("TMPDIR", temporary.c_str(), 1);
    }
    ~Fixture() { ::unsetenv("TMPDIR"); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    bool nothing_left() const {
        return std::filesystem::is_empty(temporary) &&
               std::filesystem::is_empty(register_directory);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "a run directory can be passed by anybody and goes with its object") {
    const mode_t mask = ::umask(077);
    {
        const RunDirectory run(register_directory);
        CHECK(run.path().parent_path() == temporary);
        CHECK(mode_of(run.path()) == 0755);
        CHECK(mode_of(run.write("hooks/setup", "#!/bin/sh\n", true)) == 0755);
        CHECK(mode_of(run.write("data", "text")) == 0644);
        CHECK(mode_of(run.path() / "hooks") == 0755);
        CHECK(mode_of(run.make("a/b")) == 0755);
        CHECK(test::read_text(run.path() / "data") == "text");
        CHECK_FALSE(std::filesystem::is_empty(register_directory));
    }
    ::umask(mask);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a directory on the way that others cannot pass sends it to /tmp") {
    ::chmod(dir.path().c_str(), 0700);
    CHECK(temporary_parent() == "/tmp");
    ::setenv("TMPDIR", (dir.path() / "missing").c_str(), 1);
    CHECK(temporary_parent() == "/tmp");
    ::setenv("TMPDIR", "relative", 1);
    CHECK(temporary_parent() == "/tmp");
}

TEST_CASE_METHOD(Fixture, "the next run removes what a killed one left") {
    test::Forked child([this] {
        const RunDirectory run(register_directory);
        run.write("deep/down/file", "x");
        ::pause();
        return 0;
    });
    REQUIRE(test::eventually([this] {
        for (const auto& left : std::filesystem::directory_iterator(temporary))
            if (std::filesystem::exists(left.path() / "deep/down/file"))
                return true;
        return false;
    }));
    RunDirectory::sweep(register_directory);
    CHECK_FALSE(nothing_left());

    child.kill();
    child.wait();
    RunDirectory::sweep(register_directory);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "what could not be removed is tried again by a later run") {
    {
        const RunDirectory run(register_directory, [](const auto&) {});
    }
    CHECK_FALSE(nothing_left());
    RunDirectory::sweep(register_directory, [](const auto&) {});
    CHECK_FALSE(nothing_left());
    RunDirectory::sweep(register_directory);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a forged register removes nothing of somebody else's") {
    const auto victim = dir.path() / "victim";
    std::filesystem::create_directory(victim);
    const auto link = dir.path() / "selns-build-link";
    std::filesystem::create_directory_symlink(victim, link);
    dir.write("victim/file", "precious");
    for (const auto& path : {victim.string(), link.string(), std::string("selns-build-x"),
                             std::string(), std::string(5000, 'x')}) {
        dir.write("run/forged", path);
        RunDirectory::sweep(register_directory,
                            [](const auto& removed) { FAIL("removed " << removed); });
    }
    CHECK(test::read_text(victim / "file") == "precious");
    CHECK(std::filesystem::is_empty(register_directory));
}

TEST_CASE_METHOD(Fixture, "links in it are removed, not followed") {
    const auto kept = dir.write("kept/file", "x");
    {
        const RunDirectory run(register_directory);
        std::filesystem::create_directory_symlink(kept.parent_path(), run.path() / "link");
        std::filesystem::create_symlink("/", run.path() / "root");
    }
    CHECK(nothing_left());
    CHECK(std::filesystem::exists(kept));
}
