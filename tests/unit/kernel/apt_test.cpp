#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/kernel/apt.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fstream>

using namespace selns;
using namespace selns::kernel;
using Catch::Contains;

namespace {

bool has(const std::vector<std::string>& argv, const std::string& word) {
    return std::find(argv.begin(), argv.end(), word) != argv.end();
}

// An apt with packages of its own; its lists know them only when `fresh` or updated.
class FakeApt final : public process::Runner {
  public:
    std::map<std::string, std::string> packages; // what `apt-cache show` prints
    bool fresh = true;
    bool network = true;
    std::string content = "a package";
    std::vector<std::vector<std::string>> runs;

    process::Result run(const process::Command& command) override {
        runs.push_back(command.argv);
        process::Result failed;
        failed.exit_code = 100;
        failed.error_tail = "W: noise\nE: Could not resolve host\n";
        if (has(command.argv, "update")) {
            fresh = fresh || network;
            return network ? process::Result{} : failed;
        }
        if (has(command.argv, "show")) {
            const auto found = packages.find(command.argv.back());
            if (!fresh || found == packages.end())
                return failed;
            command.on_output(found->second);
            return {};
        }
        if (!network || !fresh)
            return failed;
        std::ofstream(*command.directory / "a.deb") << content;
        command.on_output("dlstatus:1:50.0:Retrieving\n");
        return {};
    }
    std::optional<std::filesystem::path> find(const std::string&) const override { return "/x"; }
};

FakeApt debian() {
    FakeApt apt;
    apt.packages["linux-image-cloud-amd64"] =
        "Package: linux-image-cloud-amd64\nVersion: 2\nSHA256: 00\nSize: 5\n"
        "Depends: linux-image-6.1-cloud (= 2), kmod\n\nPackage: older\n";
    apt.packages["linux-image-6.1-cloud"] =
        "Package: linux-image-6.1-cloud\nVersion: 2\nSize: 9\nSHA256: " + sha256("a package") +
        "\nDepends: kmod, linux-base\nDescription: long\n text: of it\n";
    return apt;
}

struct Fixture {
    test::TempDir dir;
    progress::NullSink sink;
    progress::Step step{sink, "test", ""};
};

} // namespace

TEST_CASE("fields and dependencies of a package") {
    const auto fields =
        parse_stanza("\nPackage: a\nDescription: x\n more: y\nSize: 5\n\nSize: 6\n");
    CHECK(fields.at("Package") == "a");
    CHECK(fields.at("Size") == "5");
    CHECK(fields.size() == 3);
    CHECK(parse_stanza("").empty());
    CHECK(dependency("kmod, linux-image-6.1 (= 2) | x", "linux-image-") == "linux-image-6.1");
    CHECK_FALSE(dependency("kmod", "linux-image-"));
    CHECK_FALSE(dependency("", "linux-image-"));
}

TEST_CASE_METHOD(Fixture, "a metapackage is followed and downloaded") {
    FakeApt runner = debian();
    Apt apt(runner, dir.path());
    const auto package = apt.resolve("linux-image-cloud-amd64", "linux-image-", false, step);
    CHECK(package.identity() == "linux-image-6.1-cloud 2");
    CHECK(package.size == 9);
    const auto file = apt.download(package, step);
    CHECK(test::read_text(file) == "a package");
    for (const auto& argv : runner.runs) {
        CHECK(has(argv, "Dir::Cache=" + (dir.path() / "cache").string() + "/"));
        CHECK_FALSE(has(argv, "update"));
    }
}

TEST_CASE_METHOD(Fixture,
                 "lists that do not know a package are fetched, into a directory of our own") {
    FakeApt runner = debian();
    runner.fresh = false;
    Apt apt(runner, dir.path());
    CHECK(apt.resolve("linux-image-cloud-amd64", "linux-image-", false, step).version == "2");
    const std::string lists = "Dir::State::lists=" + (dir.path() / "lists").string() + "/";
    CHECK(has(runner.runs[1], "update"));
    CHECK(has(runner.runs[1], lists));
    CHECK(has(runner.runs.back(), lists));
}

TEST_CASE_METHOD(Fixture, "given sources take the place of the host's, and are asked at once") {
    FakeApt runner = debian();
    Apt apt(runner, dir.path(), {"deb http://a.example/debian trixie main"});
    const auto package = apt.resolve("linux-image-cloud-amd64", "linux-image-", false, step);
    CHECK(has(runner.runs.front(), "update"));
    apt.download(package, step);
    CHECK(test::read_text(dir.path() / "sources.list") ==
          "deb http://a.example/debian trixie main\n");
    for (const auto& argv : runner.runs) {
        CHECK(has(argv, "Dir::Etc::SourceList=" + (dir.path() / "sources.list").string()));
        CHECK(has(argv, "Dir::Etc::SourceParts=-"));
    }
}

TEST_CASE_METHOD(Fixture, "packages that cannot be had") {
    FakeApt runner = debian();
    Apt apt(runner, dir.path());
    try {
        apt.resolve("linux-image-nothing", "linux-image-", false, step);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK_THAT(error.message(), Contains("no package source of this host offers"));
    }
    const auto package = apt.resolve("linux-image-cloud-amd64", "linux-image-", false, step);
    runner.content = "another package";
    CHECK_THROWS_AS(apt.download(package, step), Error);
    runner.network = false;
    try {
        apt.download(package, step);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::tool_failed);
        CHECK(error.hint() == "Could not resolve host");
    }
}
