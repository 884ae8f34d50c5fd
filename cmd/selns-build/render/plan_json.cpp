#include "selns-build/render/plan.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

const char* name_of(pipeline::Freshness freshness) {
    switch (freshness) {
    case pipeline::Freshness::cached:
        return "cached";
    case pipeline::Freshness::due:
        return "due";
    case pipeline::Freshness::unknown:
        break;
    }
    return "unknown";
}

Json to_json(const pipeline::PlanStage& stage) {
    Json inputs = Json::array();
    for (const pipeline::PlanInput& input : stage.inputs)
        inputs.push_back({{"name", input.name}, {"value", input.value}, {"origin", input.origin}});
    return {{"name", stage.name},
            {"what", stage.what},
            {"state", name_of(stage.freshness)},
            {"why", stage.why},
            {"inputs", inputs}};
}

} // namespace

std::string plan_json(const pipeline::Plan& plan) {
    Json stages = Json::array();
    for (const pipeline::PlanStage& stage : plan.stages)
        stages.push_back(to_json(stage));
    Json outputs = Json::array();
    for (const auto& output : plan.outputs)
        outputs.push_back(output.string());
    const Json object{
        {"recipe", plan.recipe}, {"name", plan.name}, {"stages", stages}, {"outputs", outputs}};
    return object.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace selns::cmd
