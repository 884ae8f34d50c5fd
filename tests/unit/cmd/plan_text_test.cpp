#include "selns-build/render/plan.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <nlohmann/json.hpp>

using namespace selns;
using pipeline::Freshness;

namespace {

pipeline::Plan sample() {
    pipeline::Plan plan;
    plan.recipe = "web.yaml";
    plan.name = "web";
    plan.stages = {
        {.name = "bootstrap",
         .what = "Debian bookworm with 5 packages",
         .inputs = {{"release", "bookworm", "web.yaml:4:21"},
                    {"packages",
                     "systemd-sysv udev dbus iproute2 nginx-light selinux-policy-default "
                     "selinux-basics a-package-with-a-long-name another-one",
                     "web.yaml:5:1"},
                    {"mirror", "", "this host"}},
         .freshness = Freshness::cached,
         .why = "cached 2 days ago"},
        {.name = "policy",
         .what = "one commit",
         .inputs = {{"selinux.mode", "enforcing", "--set selinux.mode"}},
         .freshness = Freshness::due,
         .why = "selinux.mode changed: permissive to enforcing"},
        {.name = "label", .what = "every file", .inputs = {}, .why = "after policy"}};
    plan.outputs = {"build/web/web.tar", "build/web/web.ext4"};
    return plan;
}

} // namespace

TEST_CASE("a plan for people") {
    const auto text = cmd::plan_text(sample(), {});
    CHECK(test::compare_golden("unit/cmd/golden/plan.txt", text).empty());
    for (const auto line : split(text, '\n'))
        CHECK(cmd::columns(line) <= 80);
}

TEST_CASE("a plan for programs") {
    const auto json = nlohmann::json::parse(cmd::plan_json(sample()));
    CHECK(json.at("name") == "web");
    REQUIRE(json.at("stages").size() == 3);
    CHECK(json.at("stages")[0].at("state") == "cached");
    CHECK(json.at("stages")[1].at("state") == "due");
    CHECK(json.at("stages")[1].at("inputs")[0].at("origin") == "--set selinux.mode");
    CHECK(json.at("stages")[2].at("state") == "unknown");
    CHECK(json.at("outputs")[1] == "build/web/web.ext4");
}
