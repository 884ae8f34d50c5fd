#include "selns/pipeline/result_facts.hpp"

#include "selns/json/json.hpp"

#include <nlohmann/json.hpp>

namespace selns::pipeline {

namespace {

using FactsJson = nlohmann::ordered_json;

FactsJson facts_json(const DenialSummary& denials) {
    FactsJson verdicts = FactsJson::array();
    for (const auto& [verdict, count] : denials.verdicts)
        verdicts.push_back({{"verdict", verdict}, {"count", count}});
    return {{"records", denials.records}, {"malformed", denials.malformed},
            {"verdicts", verdicts},       {"added", denials.added},
            {"refused", denials.refused}, {"module", denials.module.string()},
            {"updated", denials.updated}};
}

DenialSummary denial_facts(const json::Value& json) {
    DenialSummary denials;
    denials.records = json.at("records").number();
    denials.malformed = json.at("malformed").number();
    for (const json::Value& item : json.at("verdicts").list())
        denials.verdicts.emplace_back(item.at("verdict").text(), item.at("count").number());
    denials.added = json.at("added").texts();
    denials.refused = json.at("refused").texts();
    denials.module = json.at("module").text();
    denials.updated = json.at("updated").boolean();
    return denials;
}

} // namespace

std::string facts_of(const Result& result) {
    FactsJson json{{"packages", result.packages},       {"files", result.files},
                   {"label_types", result.label_types}, {"policy", result.policy},
                   {"local_rules", result.local_rules}, {"warnings", result.warnings}};
    if (std::optional<DenialSummary> denials = result.denials) {
        // From now on, the module has them.
        if (denials->updated)
            denials->added.clear();
        denials->updated = false;
        json["denials"] = facts_json(*denials);
    }
    return json.dump(-1, ' ', false, FactsJson::error_handler_t::replace);
}

void take_facts(const std::string& facts, Result& result) {
    const json::Value json = json::parse(facts, "");
    result.packages = json.at("packages").number();
    result.files = json.at("files").number();
    result.label_types = json.at("label_types").number();
    result.policy = json.at("policy").text();
    result.local_rules = json.at("local_rules").number();
    result.warnings = json.at("warnings").texts();
    if (const auto denials = json.find("denials"))
        result.denials = denial_facts(*denials);
}

} // namespace selns::pipeline
