#include "forked.hpp"
#include "selns/base/error.hpp"
#include "selns/cache/run_directory.hpp"
#include "selns/cache/subordinate.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

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

    Directory registered() const { return Directory(register_directory); }

    bool nothing_left() const {
        return std::filesystem::is_empty(temporary) &&
               std::filesystem::is_empty(register_directory);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "a run directory can be passed by anybody and goes with its object") {
    const mode_t mask = ::umask(GENERATE(mode_t{077}, mode_t{0}));
    {
        const RunDirectory run(register_directory);
        CHECK(run.path().parent_path() == temporary);
        // An ordinary user's namespace gets in by an access list, whose mask shows as the group's.
        const mode_t all = ::geteuid() == 0 ? 07777 : 07707;
        CHECK((mode_of(run.path()) & all) == (0711 & all));
        using Reach = RunDirectory::Reach;
        CHECK((mode_of(run.write("hooks/setup", "#!/bin/sh\n", Reach::own_program)) & all) == 0700);
        CHECK((mode_of(run.write("data", "text")) & all) == 0600);
        CHECK((mode_of(run.write("all", "text", Reach::everybody)) & all) == (0644 & all));
        CHECK((mode_of(run.path() / "hooks") & all) == (0711 & all));
        CHECK((mode_of(run.make("a/b")) & all) == (0711 & all));
        CHECK(test::read_text(run.path() / "data") == "text");
        CHECK_FALSE(std::filesystem::is_empty(register_directory));
    }
    ::umask(mask);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a run directory that cannot be registered whole is not left") {
    test::Forked child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        // Its parent can be told, its identity cannot.
        const rlimit limit{temporary.string().size() + 1, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            const RunDirectory run(register_directory);
        } catch (const Error&) {
            return 7;
        }
        return 0;
    });
    CHECK(child.wait() == 7);
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a directory on the way that others cannot pass sends it to /tmp") {
    ::chmod(dir.path().c_str(), 0700);
    CHECK(temporary_parent() == "/tmp");
    ::chmod(dir.path().c_str(), 0777);
    CHECK(temporary_parent() == "/tmp"); // anybody could exchange what is in it
    ::chmod(dir.path().c_str(), 0755);
    CHECK(temporary_parent() == temporary);
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
    RunDirectory::sweep(registered());
    CHECK_FALSE(nothing_left());

    child.kill();
    child.wait();
    RunDirectory::sweep(registered());
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "what could not be removed is tried again by a later run") {
    {
        const RunDirectory run(register_directory, [](const auto&) {});
    }
    CHECK_FALSE(nothing_left());
    RunDirectory::sweep(registered(), [](const auto&) {});
    CHECK_FALSE(nothing_left());
    RunDirectory::sweep(registered());
    CHECK(nothing_left());
}

TEST_CASE_METHOD(Fixture, "a forged register removes nothing of somebody else's") {
    const auto checkout = temporary / "selns-build-chkout";
    std::filesystem::create_directory(checkout);
    dir.write("temporary/selns-build-chkout/file", "precious");
    std::filesystem::create_directory_symlink(checkout, temporary / "selns-build-linked");
    const std::string parent = temporary.string();
    for (const auto& [name, text] :
         {std::pair("forged", checkout.string()), std::pair("chkout", checkout.string()),
          std::pair("chkout", parent), std::pair("chkout", parent + "\n"),
          std::pair("chkout", parent + "\n8:1 12 0.0\n"), std::pair("chkout", parent + "\n\n"),
          std::pair("linked", parent + "\n"), std::pair("forged", std::string()),
          std::pair("forged", std::string(5000, 'x'))}) {
        dir.write("run/" + std::string(name), text);
        RunDirectory::sweep(registered(), [](const auto& removed) { FAIL("removed " << removed); });
    }
    std::filesystem::create_directory_symlink(checkout, register_directory / "chkout");
    RunDirectory::sweep(registered());
    CHECK(test::read_text(checkout / "file") == "precious");
}

TEST_CASE_METHOD(Fixture, "what took the place of a run's directory is not removed") {
    std::filesystem::path path;
    {
        const RunDirectory run(register_directory, [](const auto&) {});
        path = run.path();
    }
    std::filesystem::rename(path, temporary / "moved");
    std::filesystem::create_directory(path);
    dir.write(path.lexically_relative(dir.path()).string() + "/file", "precious");
    RunDirectory::sweep(registered());
    CHECK(test::read_text(path / "file") == "precious");
    CHECK(std::filesystem::is_empty(register_directory));
}

TEST_CASE("the subordinate ids of a user are found by name and by number") {
    const char* text =
        "other:100000:65536\nme:165536:65536\n1001:231072:65536\nbad:x:1\nzero:0:1\n";
    CHECK(first_subordinate(text, "me", 1000) == 165536U);
    CHECK(first_subordinate(text, "nobody", 1001) == 231072U);
    CHECK_FALSE(first_subordinate(text, "bad", 7));
    CHECK_FALSE(first_subordinate(text, "zero", 7));
    CHECK_FALSE(first_subordinate("", "me", 1000));
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
