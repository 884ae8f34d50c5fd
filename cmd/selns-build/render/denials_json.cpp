#include "selns-build/render/denials.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

// Names may be any bytes; JSON is text.
Json json_of_names(const std::vector<std::string>& list) {
    Json json = Json::array();
    for (const std::string& name : list)
        json.push_back(printable(name));
    return json;
}

Json finding_json(const verdict::Finding& finding) {
    Json json{{"verdict", name_of(finding.verdict)},
              {"source", finding.triple.source},
              {"target", finding.triple.target},
              {"class", finding.triple.tclass},
              {"permissions", finding.permissions},
              {"companions", finding.companions},
              {"reason", printable(finding.reason)},
              {"advice", printable(finding.advice)},
              {"file_contexts", finding.file_contexts},
              {"statements", finding.statements},
              {"records", finding.records},
              {"programs", json_of_names(finding.seen.programs)},
              {"objects", json_of_names(finding.seen.objects)},
              {"at", finding.at.str()}};
    if (finding.commands)
        json["commands"] = *finding.commands;
    if (finding.seen.first)
        json["first_seen"] = *finding.seen.first;
    return json;
}

Json remarks_json(const log::Remarks& remarks) {
    Json first = Json::array();
    for (const log::Remark& remark : remarks.first)
        first.push_back({{"at", remark.at.str()},
                         {"reason", remark.reason},
                         {"excerpt", printable(remark.excerpt)}});
    return {{"count", remarks.count}, {"first", first}};
}

Json facts_json(const log::Denials& denials, const verdict::Judged& judged,
                const std::vector<std::string>& unknown, const std::vector<std::string>& lacking) {
    Json verdicts = Json::object();
    for (const auto& [verdict, count] : judged.counts)
        verdicts[std::string(name_of(verdict))] = {{"unique", count.unique},
                                                   {"records", count.records}};
    Json findings = Json::array();
    for (const verdict::Finding& finding : judged.findings)
        findings.push_back(finding_json(finding));
    Json doubts = Json::array();
    for (const log::LogSummary& log : denials.logs)
        if (!log.doubt.empty())
            doubts.push_back({{"log", printable(log.file)}, {"reason", log.doubt}});
    return {{"records", denials.records},
            {"unique", denials.unique.size()},
            {"excluded", denials.excluded},
            {"without_time", denials.without_time},
            {"malformed", remarks_json(denials.malformed)},
            {"not_believed", remarks_json(denials.not_believed)},
            {"trusted", remarks_json(denials.trusted)},
            {"incomplete", remarks_json(denials.incomplete)},
            {"notices", remarks_json(denials.notices)},
            {"doubted_logs", doubts},
            {"unknown", unknown},
            {"guard_names_lacking", lacking},
            {"verdicts", verdicts},
            {"findings", findings}};
}

} // namespace

std::string explained_json(const query::Explained& explained) {
    return facts_json(explained.denials, explained.judged, explained.unknown, explained.lacking)
               .dump(2) +
           "\n";
}

std::string merged_json(const query::Merged& merged) {
    Json json =
        facts_json(merged.result.denials, merged.result.judged, merged.unknown, merged.lacking);
    Json changes = Json::array();
    for (const module::RuleChange& change : merged.result.changes)
        changes.push_back({{"source", change.triple.source},
                           {"target", change.triple.target},
                           {"class", change.triple.tclass},
                           {"added", change.added},
                           {"commands", change.commands},
                           {"widened", change.widened}});
    Json left_out = Json::array();
    for (const module::Unwritable& rule : merged.result.left_out)
        left_out.push_back({{"source", rule.triple.source},
                            {"target", rule.triple.target},
                            {"class", rule.triple.tclass},
                            {"permissions", rule.permissions},
                            {"name", rule.name}});
    json["module"] = merged.module.string();
    json["written"] = merged.written;
    json["changes"] = changes;
    json["silenced"] = merged.result.silenced;
    json["left_out"] = left_out;
    return json.dump(2) + "\n";
}

} // namespace selns::cmd
