#include "selns-build/render/summary.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const pipeline::DenialSummary& denials) {
    Json verdicts = Json::object();
    for (const auto& [verdict, count] : denials.verdicts)
        verdicts[verdict] = count;
    return {{"records", denials.records}, {"malformed", denials.malformed},
            {"verdicts", verdicts},       {"added", denials.added},
            {"refused", denials.refused}, {"module", denials.module.string()},
            {"updated", denials.updated}};
}

} // namespace

std::string summary_json(const pipeline::Result& result) {
    Json artifacts = Json::array();
    for (const pipeline::Artifact& artifact : result.artifacts)
        artifacts.push_back(
            {{"kind", artifact.kind}, {"path", artifact.path.string()}, {"size", artifact.size}});
    Json object{{"event", "built"},
                {"name", result.name},
                {"output", result.output.string()},
                {"up_to_date", result.up_to_date},
                {"artifacts", artifacts},
                {"packages", result.packages},
                {"files", result.files},
                {"label_types", result.label_types},
                {"policy", result.policy},
                {"local_rules", result.local_rules}};
    if (result.denials)
        object["denials"] = to_json(*result.denials);
    object["warnings"] = result.warnings;
    object["next"] = result.next;
    object["elapsed_ms"] = result.elapsed.count();
    return object.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace selns::cmd
