#include "selns-build/command_line.hpp"
#include "selns-build/commands/build.hpp"
#include "selns-build/commands/check.hpp"
#include "selns-build/commands/plan.hpp"
#include "selns-build/commands/show.hpp"
#include "selns-build/look.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

#include <any>

using namespace selns;
using cmd::BuildOptions;
using cmd::CheckOptions;
using cmd::PlanOptions;
using cmd::ProgressMode;
using cmd::ShowOptions;
using Paths = std::vector<std::filesystem::path>;

namespace {

template <typename Options>
Options parse(const std::vector<std::string>& arguments) {
    const auto command = cmd::parse_command_line(arguments);
    REQUIRE(std::any_cast<Options>(&command.options) != nullptr);
    return std::any_cast<Options>(command.options);
}

// What a wrong command line is told.
std::string refusal(const std::vector<std::string>& arguments) {
    try {
        cmd::parse_command_line(arguments);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK_THAT(error.hint(), ContainsSubstring("--help"));
        return error.message();
    }
    return "(taken)";
}

} // namespace

TEST_CASE("build takes its options") {
    const auto options =
        parse<BuildOptions>({"build", "a.yaml", "-o", "out", "--set", "selinux.mode=enforcing",
                             "b.yaml", "--set=hostname=a=b", "--keep-going", "--update",
                             "--refresh", "--progress", "json", "--jobs", "3"});
    CHECK(options.recipes == Paths{"a.yaml", "b.yaml"});
    CHECK(options.output == "out");
    REQUIRE(options.overrides.size() == 2);
    CHECK(options.overrides[0].key == "selinux.mode");
    CHECK(options.overrides[0].value == "enforcing");
    CHECK(options.overrides[1].key == "hostname");
    CHECK(options.overrides[1].value == "a=b");
    CHECK(options.jobs == 3);
    CHECK(options.keep_going);
    CHECK(options.update);
    CHECK_FALSE(options.locked);
    CHECK(options.refresh);
    CHECK(options.progress == ProgressMode::json);
}

TEST_CASE("build without options") {
    const auto options = parse<BuildOptions>({"build", "a.yaml"});
    CHECK(options.output.empty());
    CHECK(options.overrides.empty());
    CHECK(options.jobs == 1);
    CHECK_FALSE((options.keep_going || options.update || options.locked || options.refresh));
    CHECK(options.progress == ProgressMode::automatic);
}

TEST_CASE("a recipe in the place of a command is built") {
    CHECK(parse<BuildOptions>({"web.yaml"}).recipes == Paths{"web.yaml"});
    CHECK(parse<BuildOptions>({"web.yml", "build"}).recipes == Paths{"web.yml", "build"});
    CHECK(parse<BuildOptions>({"recipes/web"}).recipes == Paths{"recipes/web"});
    CHECK(parse<BuildOptions>({"--", "check"}).recipes == Paths{"check"});
    const test::TempDir directory;
    const auto file = directory.write("recipe", "");
    CHECK(parse<BuildOptions>({file.string()}).recipes == Paths{file});
    SECTION("with options before it") {
        const auto options = parse<BuildOptions>(
            {"-o", "check", "--set", "name=plan", "--progress", "plain", "--locked", "web.yaml"});
        CHECK(options.recipes == Paths{"web.yaml"});
        CHECK(options.output == "check");
        CHECK(options.locked);
        CHECK(options.overrides.at(0).value == "plan");
        CHECK(options.progress == ProgressMode::plain);
    }
}

TEST_CASE("options may stand before the command") {
    const auto options = parse<ShowOptions>({"--json", "show", "build/web"});
    CHECK(options.what == "build/web");
    CHECK(options.json);
}

TEST_CASE("names of commands are recipes where recipes are expected") {
    CHECK(parse<BuildOptions>({"build", "check", "plan"}).recipes == Paths{"check", "plan"});
    CHECK(parse<CheckOptions>({"check", "build"}).recipes == Paths{"build"});
}

TEST_CASE("the other commands") {
    const auto check = parse<CheckOptions>({"check", "a.yaml", "b.yaml", "--set", "name=x"});
    CHECK(check.recipes == Paths{"a.yaml", "b.yaml"});
    CHECK(check.overrides.size() == 1);
    const auto plan = parse<PlanOptions>({"plan", "a.yaml", "-o", "out", "--json"});
    CHECK(plan.recipe == "a.yaml");
    CHECK(plan.output == "out");
    CHECK(plan.json);
    const auto show = parse<ShowOptions>({"show", "out", "--all"});
    CHECK(show.what == "out");
    CHECK(show.all);
    CHECK_FALSE(show.json);
    CHECK_NOTHROW(cmd::parse_command_line({"schema"}));
}

TEST_CASE("near misses get a suggestion") {
    CHECK_THAT(refusal({"biuld", "web.yaml"}), ContainsSubstring("did you mean build?"));
    CHECK_THAT(refusal({"shcema"}), ContainsSubstring("did you mean schema?"));
    CHECK_THAT(refusal({"frobnicate"}), !ContainsSubstring("did you mean"));
    CHECK_THAT(refusal({"build", "web.yaml", "--refesh"}),
               ContainsSubstring("unknown option --refesh (did you mean --refresh?)"));
    CHECK_THAT(refusal({"build", "web.yaml", "--progress", "plian"}),
               ContainsSubstring("did you mean plain?"));
}

TEST_CASE("wrong command lines say what was expected") {
    CHECK(refusal({}) == "expected a recipe or a command");
    CHECK(refusal({"build"}) == "expected the file of a recipe");
    CHECK(refusal({"build", ""}) == "expected the file of a recipe");
    CHECK(refusal({"--update"}) == "expected the file of a recipe");
    CHECK(refusal({"check"}) == "expected the file of a recipe");
    CHECK(refusal({"plan"}) == "expected the file of a recipe");
    CHECK_THAT(refusal({"show"}), ContainsSubstring("an output directory"));
    CHECK(refusal({"plan", "a.yaml", "b.yaml"}) == "unexpected argument \"b.yaml\"");
    CHECK(refusal({"schema", "x"}) == "unexpected argument \"x\"");
    CHECK(refusal({"build", "a.yaml", "-o", ""}) == "--output: expected a directory");
    CHECK_THAT(refusal({"build", "a.yaml", "-o"}), ContainsSubstring("--output"));
    CHECK_THAT(refusal({"build", "a.yaml", "-o", "x", "-o", "y"}), ContainsSubstring("--output"));
    CHECK(refusal({"build", "a.yaml", "--set", "x"}) == "--set: expected KEY=VALUE, got \"x\"");
    CHECK(refusal({"build", "a.yaml", "--set", "=x"}) == "--set: expected KEY=VALUE, got \"=x\"");
    CHECK_THAT(refusal({"build", "a.yaml", "--locked", "--update"}),
               ContainsSubstring("exclude each other"));
    CHECK_THAT(refusal({"check", "a.yaml", "--update"}), ContainsSubstring("--update"));
    CHECK_THAT(refusal({"build", "a.yaml", "--jobs", "0"}), ContainsSubstring("--jobs"));
}

TEST_CASE("numbers are decimal, and help is shown whatever else is wrong") {
    CHECK(parse<BuildOptions>({"build", "a.yaml", "--jobs", "010"}).jobs == 10);
    CHECK(parse<BuildOptions>({"build", "a.yaml", "--jobs", "08"}).jobs == 8);
    CHECK_THAT(refusal({"build", "a.yaml", "--jobs", "0x2"}), ContainsSubstring("--jobs"));
    CHECK_THAT(parse<std::string>({"boot", "--limit", "x", "--help"}), ContainsSubstring("Usage"));
    CHECK_THAT(parse<std::string>({"build", "--set", "x", "-h"}), ContainsSubstring("Usage"));
}

TEST_CASE("help fits a terminal and names each option") {
    CHECK(test::compare_golden("unit/cmd/golden/help.txt", parse<std::string>({"--help"})).empty());
    CHECK(parse<std::string>({"-h"}) == parse<std::string>({"--help"}));
    CHECK(test::compare_golden("unit/cmd/golden/help-build.txt",
                               parse<std::string>({"build", "--help"}))
              .empty());
    for (const std::vector<std::string>& command : {std::vector<std::string>{"build"},
                                                    {"check"},
                                                    {"plan"},
                                                    {"show"},
                                                    {"schema"},
                                                    {"version"},
                                                    {"kernel", "list"},
                                                    {"kernel", "build"},
                                                    {"kernel", "check"}}) {
        auto arguments = command;
        arguments.emplace_back("-h");
        const auto text = parse<std::string>(arguments);
        CHECK_THAT(text, ContainsSubstring("Example:\n  selns-build "));
        CHECK_THAT(text, ContainsSubstring("--help"));
        for (const auto line : split(text, '\n'))
            CHECK(cmd::columns(line) <= 80);
    }
}

TEST_CASE("help is a command as well") {
    const auto shown = [](const std::vector<std::string>& arguments) {
        return parse<std::string>(arguments);
    };
    CHECK(shown({"help"}) == shown({"--help"}));
    CHECK(shown({"help", "build"}) == shown({"build", "--help"}));
    CHECK(shown({"help", "denials"}) == shown({"denials", "--help"}));
    CHECK(shown({"help", "denials", "prune"}) == shown({"denials", "prune", "--help"}));
    CHECK_THAT(refusal({"help", "biuld"}), ContainsSubstring("did you mean build?"));
    CHECK_THAT(refusal({"help", "denials", "purne"}), ContainsSubstring("did you mean prune?"));
}

TEST_CASE("version") {
    CHECK_THAT(parse<std::string>({"--version"}), ContainsSubstring("selns-build 0."));
}
