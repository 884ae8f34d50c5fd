#include "selns-build/render/labels.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

constexpr int label_title_width = 14;
constexpr std::size_t most_types = 10;
constexpr std::string_view no_label = "<<none>>";

// Nearly all names: nothing to be escaped.
bool is_plain_path(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

std::string label_or_none(const std::string& label) {
    return label.empty() ? "no label" : printable(label);
}

std::map<label::Mismatch, std::uint64_t> counts_of(const label::Survey& survey) {
    std::map<label::Mismatch, std::uint64_t> counts;
    for (const auto& difference : survey.differences)
        ++counts[difference.mismatch];
    return counts;
}

std::string summary_of(const label::Survey& survey) {
    std::vector<std::string> words;
    for (const auto& [mismatch, count] : counts_of(survey))
        words.push_back(human_count(count) + " " + std::string(name_of(mismatch)));
    return join(words, ", ");
}

void add_differences(Sheet& sheet, const label::Survey& survey) {
    for (const auto& difference : survey.differences)
        sheet.line(printable(difference.path) + ": has " + label_or_none(difference.has) +
                   ", should have " + printable(difference.should));
    for (const auto& conflict : survey.conflicts)
        sheet.line(printable(conflict.path) + ": a hard link to " + printable(conflict.other_path) +
                   ", which asks for " + printable(conflict.other_context) + "; " +
                   printable(conflict.context) + " is taken");
    for (const auto& path : survey.without_labels)
        sheet.line(printable(path) + ": left out, its file system keeps no labels");
    if (!survey.differences.empty() || !survey.conflicts.empty() || !survey.without_labels.empty())
        sheet.blank();
}

// The types of most files first.
void add_types(Sheet& sheet, const label::Survey& survey) {
    std::vector<std::pair<std::string, std::uint64_t>> types(survey.types.begin(),
                                                             survey.types.end());
    std::ranges::stable_sort(types, std::ranges::greater(),
                             [](const auto& entry) { return entry.second; });
    sheet.row("types", human_count(types.size()));
    std::vector<std::string> lines;
    for (const auto& [type, count] : types)
        lines.push_back(pad_left(human_count(count), 9) + "  " + printable(type));
    sheet.items(lines, most_types);
}

Json finding_json(const label::Finding& finding) {
    Json json{{"path", printable(finding.path)},
              {"context", printable(finding.context)},
              {"at", finding.at.str()}};
    if (finding.other_path.empty())
        json["files"] = finding.files;
    else
        json.update({{"other_path", printable(finding.other_path)},
                     {"other_context", printable(finding.other_context)}});
    return json;
}

Json findings_json(const std::vector<label::Finding>& findings) {
    Json json = Json::array();
    for (const auto& finding : findings)
        json.push_back(finding_json(finding));
    return json;
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(printable(text));
}

} // namespace

void append_label(std::string& text, std::string_view path, std::string_view context, bool json) {
    const bool plain = is_plain_path(path);
    const std::string escaped = plain ? std::string() : printable(path);
    const std::string_view shown = plain ? path : std::string_view(escaped);
    if (json) {
        text +=
            Json{{"path", shown}, {"context", context.empty() ? Json() : Json(printable(context))}}
                .dump();
    } else {
        text.append(shown).push_back('\t');
        text.append(context.empty() ? no_label : context);
    }
    text.push_back('\n');
}

std::string verified_text(const label::Survey& survey, const Look& look) {
    Sheet sheet(look, label_title_width);
    add_differences(sheet, survey);
    sheet.line(survey.differences.empty()
                   ? count_of(survey.names, "file") + ", every label as it should be"
                   : count_of(survey.names, "file") + ": " + summary_of(survey));
    return sheet.text();
}

std::string applied_text(const label::Survey& survey, bool dry_run, const Look& look) {
    Sheet sheet(look, label_title_width);
    add_differences(sheet, survey);
    sheet.line(count_of(survey.names, "file") + ", " +
               count_of(survey.differences.size(), "label") +
               (dry_run ? " to be changed" : " changed") +
               (survey.differences.empty() ? "" : " (" + summary_of(survey) + ")"));
    add_types(sheet, survey);
    return sheet.text();
}

std::string survey_json(const label::Survey& survey) {
    Json differences = Json::array();
    for (const auto& difference : survey.differences)
        differences.push_back({{"path", printable(difference.path)},
                               {"kind", name_of(difference.mismatch)},
                               {"has", text_or_null(difference.has)},
                               {"should", printable(difference.should)},
                               {"at", difference.at.str()}});
    Json counts = Json::object();
    for (const auto& [mismatch, count] : counts_of(survey))
        counts[std::string(name_of(mismatch))] = count;
    Json types = Json::object();
    for (const auto& [type, count] : survey.types)
        types[printable(type)] = count;
    Json without_labels = Json::array();
    for (const auto& path : survey.without_labels)
        without_labels.push_back(printable(path));
    return Json{{"files", survey.names},
                {"without_specification", survey.silent},
                {"counts", counts},
                {"differences", differences},
                {"hard_links", findings_json(survey.conflicts)},
                {"invalid", findings_json(survey.invalid)},
                {"without_labels", without_labels},
                {"types", types}}
               .dump(2) +
           "\n";
}

namespace {

// The folder is that of the specification that won.
std::string short_place(const Location& at) {
    return at.file.substr(at.file.rfind('/') + 1) + ":" + std::to_string(at.line);
}

void add_explanation(Sheet& sheet, const query::LabelExplanation& explanation) {
    sheet.line(paint(sheet.look(), Tone::bold, on_screen(printable(explanation.path))) + "  " +
               explanation.kind);
    if (!explanation.real_path.empty())
        sheet.row("leads to", printable(explanation.real_path));
    sheet.row("label",
              explanation.context.empty() ? std::string(no_label) : printable(explanation.context));
    if (explanation.stored && *explanation.stored != explanation.context)
        sheet.row("stored", label_or_none(*explanation.stored));
    if (!explanation.substitution.empty())
        sheet.row("looked up", printable(explanation.substitution));
    if (explanation.specifications.empty())
        sheet.row("from", "no specification matches");
    std::vector<std::string> beaten;
    for (const auto& candidate : explanation.specifications) {
        if (candidate.why.empty())
            sheet.row("from", candidate.at.str() + ": " + on_screen(candidate.text));
        else
            // The reason first: a terminal may cut the rest.
            beaten.push_back(candidate.why + ": " + short_place(candidate.at) + ": " +
                             on_screen(candidate.text));
    }
    if (!explanation.module.empty())
        sheet.row("brought by", explanation.module);
    if (!beaten.empty())
        sheet.row("beaten", human_count(beaten.size()));
    sheet.items(beaten, most_types);
}

} // namespace

std::string explanations_text(const std::vector<query::LabelExplanation>& explanations,
                              const Look& look) {
    Sheet sheet(look, label_title_width);
    for (const auto& explanation : explanations) {
        if (!sheet.text().empty())
            sheet.blank();
        add_explanation(sheet, explanation);
    }
    return sheet.text();
}

std::string explanations_json(const std::vector<query::LabelExplanation>& explanations) {
    Json list = Json::array();
    for (const auto& explanation : explanations) {
        Json specifications = Json::array();
        for (const auto& candidate : explanation.specifications)
            specifications.push_back({{"at", candidate.at.str()},
                                      {"text", candidate.text},
                                      {"beaten", text_or_null(candidate.why)}});
        list.push_back({{"path", printable(explanation.path)},
                        {"kind", explanation.kind},
                        {"leads_to", text_or_null(explanation.real_path)},
                        {"context", text_or_null(explanation.context)},
                        {"stored", explanation.stored ? text_or_null(*explanation.stored) : Json()},
                        {"looked_up", text_or_null(explanation.substitution)},
                        {"module", text_or_null(explanation.module)},
                        {"specifications", specifications}});
    }
    return list.dump(2) + "\n";
}

} // namespace selns::cmd
