#include "selns/kernel/config.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::kernel;

namespace {

Config parsed(std::string_view text) {
    Diagnostics problems;
    Config config = parse_config(text, "a.config", problems);
    CHECK(problems.empty());
    return config;
}

std::string config_problem(std::string_view text) {
    Diagnostics problems;
    parse_config(text, "a.config", problems);
    REQUIRE(problems.size() == 1);
    return problems.items().front().str();
}

} // namespace

TEST_CASE("a configuration's lines are read with their places") {
    const Config config = parsed("# a comment\n\nCONFIG_A=y\nCONFIG_B=m\r\n"
                                 "# CONFIG_C is not set\nCONFIG_D=\"a \\\" b\"\nCONFIG_E=-5\n"
                                 "CONFIG_F=0xffff\nCONFIG_A=m\n");
    CHECK(config.size() == 6);
    CHECK(value_of(config, "CONFIG_A") == "m");
    CHECK(config.find("CONFIG_A")->second.at.str() == "a.config:9");
    CHECK(value_of(config, "CONFIG_B") == "m");
    CHECK(value_of(config, "CONFIG_C") == "n");
    CHECK(value_of(config, "CONFIG_D") == "\"a \\\" b\"");
    CHECK(value_of(config, "CONFIG_E") == "-5");
    CHECK(value_of(config, "CONFIG_F") == "0xffff");
    CHECK(value_of(config, "CONFIG_MISSING") == "n");
}

TEST_CASE("what is no line of a configuration is told with its place") {
    CHECK(config_problem("CONFIG_A=y\nCONFIG_B=yes\n") ==
          "a.config:2: expected CONFIG_NAME=VALUE or \"# CONFIG_NAME is not set\", got "
          "\"CONFIG_B=yes\"");
    for (const char* line :
         {"A=y", "CONFIG_=y", "CONFIG_A", "CONFIG_A=", "CONFIG_A=\"b", "CONFIG_A=\"a\"b\"",
          "CONFIG_A=\"\\\"", "CONFIG_A=0x", "CONFIG_A=-", "CONFIG_A-B=y", "CONFIG_A=y # why"})
        CHECK_FALSE(config_problem(line).empty());
}

TEST_CASE("problems of a file that is no configuration are bounded") {
    std::string text;
    for (int i = 0; i < 10000; ++i)
        text += "nonsense\n";
    Diagnostics problems;
    CHECK(parse_config(text, "a", problems).empty());
    CHECK(problems.size() < 100);
}

TEST_CASE("lines are written as they are read") {
    CHECK(config_line("CONFIG_A", "y") == "CONFIG_A=y\n");
    CHECK(config_line("CONFIG_A", "n") == "# CONFIG_A is not set\n");
    CHECK(without_quotes("\"a,b\"") == "a,b");
    CHECK(without_quotes("y") == "y");
}
