#include "recipe/support.hpp"
#include "selns/recipe/source.hpp"
#include "support/catch.hpp"

using namespace selns;
using recipe::policy_package;

TEST_CASE("each policy has its package") {
    const recipe::Source& debian = recipe::source("debian");
    CHECK(policy_package(debian, "default") == "selinux-policy-default");
    CHECK(policy_package(debian, "mls") == "selinux-policy-mls");
    CHECK_FALSE(policy_package(debian, "targeted"));
    CHECK_FALSE(policy_package(debian, "../default"));
}

TEST_CASE("a distribution brings its policy and components") {
    const auto noble = test::parse("name: web\nfrom: { ubuntu: { release: noble } }\n");
    CHECK(noble.from.key == "ubuntu");
    CHECK(recipe::describe(noble.from) == "Ubuntu noble");
    CHECK(noble.from.apt().components == std::vector<std::string>{"main", "universe"});
    CHECK(noble.selinux.policy == "default");
    CHECK(noble.places.at("from.ubuntu.release").line == 2);
    CHECK_FALSE(noble.places.contains("selinux.policy"));
    const auto facts = recipe::facts(noble.from);
    REQUIRE(facts.size() == 3);
    CHECK(facts[0].value == "noble");
    CHECK(facts[0].key == "from.ubuntu.release");
}

TEST_CASE("an image is made from exactly one source") {
    const std::string name = "name: web\n";
    CHECK(test::problems_of(name + "from: {}\n") ==
          "web.yaml:2:7: from: expected exactly one of debian or ubuntu, got none");
    CHECK_THAT(test::problems_of(name + "from: { debian: { release: sid }, ubuntu: { release: "
                                        "noble } }\n"),
               ContainsSubstring("expected exactly one of debian or ubuntu, got 2"));
    CHECK(test::problems_of(name + "from: { debain: { release: sid } }\n") ==
          "web.yaml:2:9: from.debain: unknown key (did you mean debian?)");
}
