#include "selns/pipeline/plan.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns;

namespace {

recipe::Recipe web() {
    return recipe::parse("name: web\n"
                         "from:\n"
                         "  debian: { release: bookworm }\n"
                         "packages: [systemd-sysv]\n"
                         "commands: [\"true\"]\n"
                         "selinux:\n"
                         "  booleans: { httpd_enable_cgi: false }\n"
                         "images: [tar]\n",
                         "/nowhere/web.yaml");
}

const pipeline::PlanStage* stage(const pipeline::Plan& plan, const std::string& name) {
    const auto found = std::find_if(plan.stages.begin(), plan.stages.end(),
                                    [&](const auto& item) { return item.name == name; });
    return found == plan.stages.end() ? nullptr : &*found;
}

bool has_input(const pipeline::PlanStage& stage, const std::string& name, const std::string& value,
               const std::string& origin) {
    return std::any_of(stage.inputs.begin(), stage.inputs.end(), [&](const auto& input) {
        return input.name == name && input.value == value && input.origin == origin;
    });
}

} // namespace

TEST_CASE("a plan names every stage, its inputs and where they come from") {
    const auto plan = pipeline::make_plan(web(), "out");
    REQUIRE(stage(plan, "bootstrap"));
    CHECK(has_input(*stage(plan, "bootstrap"), "packages", "systemd-sysv", "web.yaml:4:12"));
    CHECK(has_input(*stage(plan, "bootstrap"), "command", "true", "web.yaml:5:12"));
    CHECK(has_input(*stage(plan, "policy"), "boolean", "httpd_enable_cgi off", "web.yaml:7:33"));
    CHECK_FALSE(stage(plan, "denials"));
    CHECK(plan.outputs.front() == std::filesystem::path("out/web.tar"));
    CHECK(std::find(plan.outputs.begin(), plan.outputs.end(), "out/web.ext4") ==
          plan.outputs.end());
}

TEST_CASE("a plan is plain data: nothing is known of host and cache") {
    for (const auto& item : pipeline::make_plan(web(), "out").stages) {
        CHECK(item.freshness == pipeline::Freshness::unknown);
        CHECK(item.why.empty());
    }
}
