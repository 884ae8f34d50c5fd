#include "recipe/support.hpp"
#include "support/catch.hpp"

using selns::Error;
using selns::ErrorKind;
using selns::recipe::Override;
using selns::test::least;
using selns::test::parse;
using selns::test::problems_of;

namespace {

std::string usage_error(const std::string& key, const std::string& value = "x") {
    try {
        parse(std::string(least) + "packages: [a, b]\n", {{key, value}});
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("an override replaces, adds and makes maps on its way") {
    const auto recipe = parse(std::string(least) + "selinux: { mode: permissive }\nlaunch:\n",
                              {{"name", "db"},
                               {"selinux.mode", "enforcing"},
                               {"selinux.label.unmatched", "warn"},
                               {"selinux.booleans.x", "true"},
                               {"launch.vm.cpus", "2"},
                               {"packages", "[a, b]"}});
    CHECK(recipe.name == "db");
    CHECK(recipe.selinux.mode == selns::recipe::Mode::enforcing);
    CHECK(recipe.selinux.label.unmatched == selns::recipe::Severity::warn);
    CHECK(recipe.selinux.booleans.at("x").value);
    CHECK(recipe.launch.cpus == 2);
    REQUIRE(recipe.packages.size() == 2);
    CHECK(recipe.packages[1].at.str() == "--set packages");
}

TEST_CASE("an override reaches into lists") {
    const std::string text = std::string(least) + "packages: [a, b]\nimages: [ext4: {}]\n";
    const auto recipe =
        parse(text, {{"packages[0]", "c"}, {"packages[2]", "d"}, {"images[0].ext4.size", "1G"}});
    REQUIRE(recipe.packages.size() == 3);
    CHECK(recipe.packages[0].value == "c");
    CHECK(recipe.packages[1].value == "b");
    CHECK(recipe.packages[2].value == "d");
    CHECK(recipe.images[0].size == 1ULL << 30U);
    CHECK(parse(least, {{"packages[0]", "x"}}).packages.size() == 1);
}

TEST_CASE("the last override wins") {
    CHECK(parse(least, {{"name", "a"}, {"name", "b"}}).name == "b");
}

TEST_CASE("problems of an override name it") {
    CHECK(problems_of(least, {{"selinux.mode", "enforce"}}) ==
          "--set selinux.mode: selinux.mode: expected permissive or enforcing, got \"enforce\" "
          "(did you mean enforcing?)");
    CHECK(problems_of(least, {{"hostnme", "x"}}) ==
          "--set hostnme: hostnme: unknown key (did you mean hostname?)");
    CHECK(problems_of(least, {{"selinux", "{mode: enforcing, mode: x}"}}) ==
          "--set selinux: mode: given twice, first at --set selinux\n"
          "--set selinux: selinux.mode: expected permissive or enforcing, got \"x\"");
    CHECK(problems_of(least, {{"name", ""}}).find("--set name: name: expected a name") == 0);
    CHECK(problems_of(least, {{"name", "["}}).find("--set name: not valid YAML") == 0);
}

TEST_CASE("a key that is no path is wrong usage") {
    for (const char* key : {"", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[x]", "a[-1]", "a[0",
                            "a[0]b", "a b", "a/b", "packages[12345678]", "a[0x1]"}) {
        CAPTURE(key);
        CHECK_THAT(usage_error(key), ContainsSubstring("expected a key such as selinux.mode"));
    }
    CHECK(usage_error("packages[5]") ==
          "--set packages[5]: the list packages has 2 items; the next index is 2");
    CHECK(usage_error("packages.x") == "--set packages.x: packages is a list, not a map");
    CHECK(usage_error("name[0]") == "--set name[0]: name is \"web\", not a list");
    CHECK(usage_error("from[0]") == "--set from[0]: from is a map, not a list");
    CHECK(usage_error("packages[0].x") == "--set packages[0].x: packages[0] is \"a\", not a map");
    std::string deep = "a";
    for (int i = 0; i < 200; ++i)
        deep += ".a";
    CHECK_THAT(usage_error(deep), ContainsSubstring("expected a key such as"));
}
