#include "selns-build/render/summary.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <algorithm>

namespace selns::cmd {

namespace {

constexpr std::size_t most_rules = 10;

void add_title(Sheet& sheet, const pipeline::Result& result) {
    const std::string name = paint(sheet.look(), Tone::bold, on_screen(result.name));
    if (result.up_to_date)
        sheet.line(name + " is up to date");
    else
        sheet.line(name + " built in " + human_time(result.elapsed));
}

void add_content(Sheet& sheet, const pipeline::Result& result) {
    if (result.packages > 0)
        sheet.row("packages", human_count(result.packages));
    if (result.files > 0)
        sheet.row("files", human_count(result.files) + ", labelled with " +
                               count_of(result.label_types, "type"));
    sheet.row("policy", result.policy);
}

std::string verdicts_of(const pipeline::DenialSummary& denials) {
    std::string text = denials_of(denials.records, denials.verdicts);
    if (denials.malformed > 0)
        text += "; " + count_of(denials.malformed, "malformed line");
    return text;
}

void add_denials(Sheet& sheet, const pipeline::Result& result,
                 const std::filesystem::path& directory) {
    if (result.denials)
        sheet.row("denials", verdicts_of(*result.denials));
    if (result.local_rules > 0 || result.denials)
        sheet.row("local rules",
                  rules_of(result.local_rules, result.denials ? result.denials->added.size() : 0));
    if (!result.denials)
        return;
    sheet.items(result.denials->added, most_rules);
    if (result.denials->updated)
        sheet.row("", "written to " + path_from(result.denials->module, directory));
    if (!result.denials->refused.empty()) {
        sheet.row("refused",
                  human_count(result.denials->refused.size()) + " that do not fit this policy");
        sheet.items(result.denials->refused, most_rules);
    }
}

void add_artifacts(Sheet& sheet, const pipeline::Result& result,
                   const std::filesystem::path& directory) {
    if (result.artifacts.empty())
        return;
    int width = 0;
    for (const pipeline::Artifact& artifact : result.artifacts)
        width = std::max(width, columns(human_size(artifact.size)));
    sheet.blank();
    for (const pipeline::Artifact& artifact : result.artifacts)
        sheet.line("  " +
                   paint(sheet.look(), Tone::dim, pad_left(human_size(artifact.size), width)) +
                   "  " + on_screen(path_from(artifact.path, directory)));
}

void add_warnings(Sheet& sheet, const pipeline::Result& result) {
    if (result.warnings.empty())
        return;
    sheet.blank();
    const std::size_t all = result.warnings.size();
    const std::size_t shown = all <= most_rules + 1 ? all : most_rules;
    for (std::size_t i = 0; i < shown; ++i) {
        std::string start = paint(sheet.look(), Tone::yellow, "warning") + ": ";
        for (const std::string& line :
             wrap(on_screen(result.warnings[i]), sheet.look().width - 11)) {
            sheet.line("  " + start + line);
            start = std::string(9, ' ');
        }
    }
    if (shown < all)
        sheet.line("  and " + count_of(all - shown, "more warning"));
}

void add_next(Sheet& sheet, const pipeline::Result& result) {
    if (result.up_to_date || result.next.empty())
        return;
    sheet.blank();
    sheet.line("Next:");
    for (const std::string& command : result.next)
        sheet.line("  " + on_screen(command));
}

} // namespace

std::string summary_text(const pipeline::Result& result, const Look& look,
                         const std::filesystem::path& directory) {
    Sheet sheet(look, 13);
    add_title(sheet, result);
    if (!result.up_to_date) {
        sheet.blank();
        add_content(sheet, result);
        add_denials(sheet, result, directory);
    }
    add_warnings(sheet, result);
    add_artifacts(sheet, result, directory);
    add_next(sheet, result);
    return sheet.text();
}

} // namespace selns::cmd
