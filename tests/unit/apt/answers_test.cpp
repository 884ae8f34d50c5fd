#include "selns/apt/answers.hpp"
#include "selns/base/file.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>

using namespace selns;
using namespace selns::apt;

namespace {

// A host whose apt keeps everything below one directory.
class Host final : public process::Runner {
  public:
    explicit Host(std::filesystem::path directory) : directory_(std::move(directory)) {
        std::filesystem::create_directories(directory_ / "lists");
        std::filesystem::create_directories(directory_ / "etc/sources.list.d");
        write_file(directory_ / "status", "Package: apt\n");
        write_file(directory_ / "apt-get", "#!/bin/sh\n");
    }
    process::Result run(const process::Command& command) override {
        ++runs;
        if (command.argv[0] == "apt-config")
            command.on_output("LISTS='" + (directory_ / "lists/").string() + "'\nETC='" +
                              (directory_ / "etc").string() + "'\nSTATUS='" +
                              (directory_ / "status").string() + "'\n");
        else
            command.on_output(answer);
        process::Result result;
        result.exit_code = command.argv[0] == "apt-config" ? 0 : exit_code;
        return result;
    }
    std::optional<std::filesystem::path> find(const std::string& program) const override {
        if (program == missing)
            return std::nullopt;
        return directory_ / program;
    }

    int runs = 0;
    std::string answer = "one";
    int exit_code = 0;
    std::string missing;

  private:
    std::filesystem::path directory_;
};

struct Fixture {
    test::TempDir directory;
    Interrupt interrupt;
    cache::Store store{directory.path() / "cache", interrupt};
    Host host{directory.path() / "host"};

    std::string ask() { return Answers(store, host).output_of({"apt-get", "update"}); }
};

} // namespace

TEST_CASE_METHOD(Fixture, "apt is asked once") {
    CHECK(ask() == "one");
    CHECK(host.runs == 2);
    host.answer = "two";
    CHECK(ask() == "one");
    CHECK(host.runs == 2);
    CHECK(Answers(store, host).lists() == directory.path() / "host/lists/");
}

TEST_CASE_METHOD(Fixture, "apt is asked again when something that it answers from changes") {
    const auto root = directory.path() / "host";
    const std::string file = GENERATE("lists/a_Packages", "lists/partial/b", "etc/sources.list",
                                      "etc/sources.list.d/c.sources", "status", "apt-get");
    CAPTURE(file);
    ask();
    host.answer = "two";
    std::filesystem::create_directories((root / file).parent_path());
    write_file(root / file, "changed\n");
    CHECK(ask() == "two");
    host.answer = "three";
    CHECK(ask() == "two");
    std::filesystem::remove(root / file);
    CHECK(ask() != "two");
}

TEST_CASE_METHOD(Fixture, "an answer that may not last is not kept") {
    SECTION("because apt failed") {
        host.exit_code = 100;
        CHECK(ask().empty());
        host.exit_code = 0;
        CHECK(ask() == "one");
    }
    SECTION("because whoever asked says so") {
        const Answers answers(store, host);
        CHECK(answers.get("x", [] { return Answer{"a", false}; }) == "a");
        CHECK(answers.get("x", [] { return Answer{"b"}; }) == "b");
        CHECK(answers.get("x", [] { return Answer{"c"}; }) == "b");
    }
    SECTION("because APT_CONFIG names a configuration that may name others") {
        ::setenv("APT_CONFIG", "/nowhere", 1);
        CHECK(ask() == "one");
        host.answer = "two";
        CHECK(ask() == "two");
        ::unsetenv("APT_CONFIG");
    }
}

TEST_CASE_METHOD(Fixture, "a program that is missing answers nothing, until it is there") {
    host.missing = "apt-get";
    CHECK(ask().empty());
    host.missing.clear();
    CHECK(ask() == "one");
}
