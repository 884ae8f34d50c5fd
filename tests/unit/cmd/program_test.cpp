#include "selns/base/interrupt.hpp"
#include "selns/process/process.hpp"
#include "selns/recipe/recipe.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

using namespace selns;
using namespace std::chrono_literals;

// What only the real program can show: exit statuses, streams, signals.

namespace {

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

Outcome run_command(process::Command command) {
    Outcome outcome;
    command.environment.emplace("NO_COLOR", "1");
    command.timeout = 60s;
    command.on_output = [&](std::string_view data) { outcome.out += data; };
    command.on_error_line = [&](std::string_view line) { outcome.err.append(line).append("\n"); };
    const Interrupt never;
    const auto result = process::SystemRunner(never).run(command);
    CHECK_FALSE(result.timed_out);
    outcome.status = result.exit_code;
    return outcome;
}

Outcome run(std::vector<std::string> arguments,
            const std::map<std::string, std::string>& environment = {}) {
    arguments.insert(arguments.begin(), SELNS_PROGRAM);
    return run_command(
        {.argv = std::move(arguments), .environment = environment, .package = "selns-build"});
}

// SCRIPT for a shell, with the program as $0.
Outcome run_shell(const std::string& script) {
    return run_command({.argv = {"/bin/sh", "-c", script, SELNS_PROGRAM}, .package = "dash"});
}

const char* const good = "name: web\nfrom: { debian: { release: bookworm } }\n";
const char* const bad = "name: web\nfrom: { debian: { release: bookworm } }\n"
                        "selinux: { mode: enforce }\n";

} // namespace

TEST_CASE("program: wrong usage has status 2 and nothing on standard output") {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"biuld"},
                                                      {"build"},
                                                      {"check", "x.yaml", "--nope"},
                                                      {"show"},
                                                      {"plan", "a", "b"}}) {
        const auto outcome = run(arguments);
        CHECK(outcome.status == 2);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.starts_with("selns-build: "));
        CHECK_THAT(outcome.err, ContainsSubstring("\n  see `selns-build"));
    }
}

TEST_CASE("program: help and version are results") {
    for (const char* option : {"--help", "--version"}) {
        const auto outcome = run({option});
        CHECK(outcome.status == 0);
        CHECK_THAT(outcome.out, ContainsSubstring("selns-build"));
        CHECK(outcome.err.empty());
    }
}

TEST_CASE("program: check") {
    const test::TempDir directory;
    const auto valid = directory.write("good.yaml", good).string();
    const auto invalid = directory.write("bad.yaml", bad).string();
    const auto missing = (directory.path() / "none.yaml").string();
    SECTION("valid") {
        const auto outcome = run({"check", valid});
        CHECK(outcome.status == 0);
        CHECK(outcome.out == valid + ": valid\n");
        CHECK(outcome.err.empty());
    }
    SECTION("all are checked, and each finding starts with its place") {
        const auto outcome = run({"check", invalid, missing, valid});
        CHECK(outcome.status == 3);
        CHECK(outcome.out == valid + ": valid\n");
        CHECK(outcome.err.starts_with(invalid + ":3:18: selinux.mode: expected"));
        CHECK_THAT(outcome.err, ContainsSubstring(missing));
    }
    SECTION("overrides") {
        CHECK(run({"check", invalid, "--set", "selinux.mode=enforcing"}).status == 0);
        CHECK(run({"check", valid, "--set", "selinux.mode=enforce"}).status != 0);
        CHECK(run({"check", valid, "--set", "a..b=c"}).status == 2);
    }
    SECTION("what is no recipe") {
        CHECK(run({"check", directory.path().string()}).status == 3);
        CHECK(run({"check", directory.write("empty.yaml", "").string()}).status == 3);
        const auto binary = directory.write("binary.yaml", std::string("\x7f\x45LF\0\x01\xff", 7));
        CHECK(run({"check", binary.string()}).status == 3);
    }
}

TEST_CASE("program: build refuses before it does anything") {
    const test::TempDir directory;
    const auto valid = directory.write("good.yaml", good).string();
    const auto invalid = directory.write("bad.yaml", bad).string();
    const std::map<std::string, std::string> cache{
        {"XDG_CACHE_HOME", (directory.path() / "cache").string()}};
    const auto output = (directory.path() / "out").string();
    SECTION("an invalid recipe, and the valid one beside it is not built") {
        const auto outcome = run({valid, invalid, "-o", output}, cache);
        CHECK(outcome.status == 3);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.starts_with(invalid + ":3:18: "));
    }
    SECTION("as JSON") {
        const auto outcome = run({invalid, "--progress", "json"}, cache);
        const auto event = nlohmann::json::parse(outcome.err);
        CHECK(event.at("event") == "error");
        CHECK(event.at("status") == 3);
    }
    SECTION("a wrong SOURCE_DATE_EPOCH") {
        auto environment = cache;
        environment["SOURCE_DATE_EPOCH"] = "yesterday";
        CHECK(run({valid, "-o", output}, environment).status == 2);
    }
    CHECK_FALSE(std::filesystem::exists(output));
    CHECK_FALSE(std::filesystem::exists(directory.path() / "cache"));
}

TEST_CASE("program: show of what is no image") {
    const test::TempDir directory;
    const auto file = directory.write("x.tar", "not a tar").string();
    for (const std::string& what : {file, directory.path().string(), file + ".gone"}) {
        const auto outcome = run({"show", what});
        CHECK(outcome.status == 3);
        CHECK(outcome.out.empty());
        CHECK_FALSE(outcome.err.empty());
    }
}

TEST_CASE("program: schema is the JSON Schema of recipes") {
    const auto outcome = run({"schema"});
    CHECK(outcome.status == 0);
    CHECK(nlohmann::json::parse(outcome.out) == nlohmann::json::parse(recipe::json_schema()));
    CHECK(run_shell("\"$0\" schema | python3 -m json.tool > /dev/null").status == 0);
}

TEST_CASE("program: a reader that goes away ends it quietly") {
    // The subshell's status comes out through a descriptor of its own.
    const auto outcome =
        run_shell("{ { sleep 0.3; \"$0\" schema; echo $? >&3; } | true; } 3>&1; exec 3>&-");
    CHECK(outcome.err.empty());
    CHECK(outcome.out == "0\n");
}

TEST_CASE("program: results that cannot be written are a failure") {
    const auto outcome = run_shell("\"$0\" schema > /dev/full");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, ContainsSubstring("standard output"));
}

TEST_CASE("program: closed streams") {
    CHECK(run_shell("\"$0\" schema >&- 2>&- <&-").status == 0);
}
