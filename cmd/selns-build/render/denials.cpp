#include "selns-build/render/denials.hpp"

#include "selns-build/render/diff.hpp"
#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <algorithm>

namespace selns::cmd {

namespace {

using verdict::Finding;
using verdict::Verdict;

constexpr int title_width = 14;
constexpr std::size_t most_remarks = 10;

std::string access_of(const Finding& finding) {
    const verdict::Triple& triple = finding.triple;
    const std::vector<std::string> names(finding.permissions.begin(), finding.permissions.end());
    std::string text = triple.source + " " + triple.target;
    if (!triple.tclass.empty())
        text += ":" + triple.tclass;
    text += " " + (names.size() == 1 ? names[0] : "{ " + join(names, " ") + " }");
    return finding.commands ? text + " " + module::to_text(*finding.commands) : text;
}

std::string names_of(const std::vector<std::string>& names) {
    std::vector<std::string> words;
    for (const std::string& name : names)
        words.push_back(printable(name));
    return join(words, ", ");
}

std::string seen_of(const Finding& finding) {
    std::string text = count_of(finding.records, "record");
    if (!finding.seen.programs.empty())
        text += ", by " + names_of(finding.seen.programs);
    if (!finding.seen.objects.empty())
        text += ", on " + names_of(finding.seen.objects);
    return text;
}

void add_text(Sheet& sheet, Tone tone, const std::string& text) {
    for (const std::string& line : wrap(on_screen(text), sheet.look().width - 6))
        sheet.line("      " + paint(sheet.look(), tone, line));
}

// Never wrapped: to be pasted.
void add_lines(Sheet& sheet, const std::string& title, const std::vector<std::string>& lines) {
    if (lines.empty())
        return;
    add_text(sheet, Tone::green, title);
    for (const std::string& line : lines)
        sheet.line("        " + on_screen(line));
}

void add_paste(Sheet& sheet, const Finding& finding) {
    if (finding.verdict == Verdict::allow && !finding.statements.empty())
        add_text(sheet, Tone::green, "or a type of its own, which opens nothing else:");
    std::vector<std::string> contexts;
    for (const std::string& line : finding.file_contexts)
        contexts.push_back("- '" + line + "'");
    add_lines(sheet, "selinux.file_contexts:", contexts);
    add_lines(sheet, "in a module (.cil) of selinux.modules:", finding.statements);
}

void add_finding(Sheet& sheet, const Finding& finding) {
    sheet.line("  " + on_screen(access_of(finding)));
    add_text(sheet, Tone::dim, seen_of(finding));
    if (!finding.reason.empty())
        add_text(sheet, Tone::yellow, finding.reason);
    if (!finding.advice.empty())
        add_text(sheet, Tone::green, finding.advice);
    add_paste(sheet, finding);
}

void add_verdict(Sheet& sheet, Verdict verdict, const verdict::Judged& judged, bool listed) {
    const auto& count = judged.counts.at(verdict);
    sheet.line(paint(sheet.look(), Tone::bold, std::string(name_of(verdict))) + ": " +
               human_count(count.unique) + ", in " + count_of(count.records, "record"));
    for (const std::string& line :
         wrap(std::string(explanation_of(verdict)), sheet.look().width - 2))
        sheet.line("  " + paint(sheet.look(), Tone::dim, line));
    for (const Finding& finding : judged.findings)
        if (finding.verdict == verdict && listed)
            add_finding(sheet, finding);
    sheet.blank();
}

std::vector<std::pair<std::string, std::uint64_t>> verdicts_of(const verdict::Judged& judged) {
    std::vector<std::pair<std::string, std::uint64_t>> verdicts;
    for (const auto& [verdict, count] : judged.counts)
        verdicts.emplace_back(name_of(verdict), count.unique);
    return verdicts;
}

void add_remarks(Sheet& sheet, const std::string& title, const log::Remarks& remarks) {
    if (remarks.count == 0)
        return;
    sheet.row(title, count_of(remarks.count, "line"));
    std::vector<std::string> lines;
    for (const log::Remark& remark : remarks.first)
        lines.push_back(remark.at.str() + ": " + remark.reason);
    sheet.items(lines, most_remarks);
}

void add_logs(Sheet& sheet, const log::Denials& denials, const verdict::Judged& judged,
              const std::vector<std::string>& unknown) {
    std::string text = denials_of(denials.records, verdicts_of(judged));
    if (denials.excluded > 0)
        text += "; " + human_count(denials.excluded) + " not selected";
    sheet.row("denials", text);
    add_remarks(sheet, "malformed", denials.malformed);
    add_remarks(sheet, "not believed", denials.not_believed);
    add_remarks(sheet, "trusted", denials.trusted);
    add_remarks(sheet, "incomplete", denials.incomplete);
    add_remarks(sheet, "kernel says", denials.notices);
    if (!unknown.empty())
        sheet.row("not checked", join(unknown, " and ") + ": a kernel policy alone has none");
}

struct Tally {
    std::size_t added = 0;
    std::size_t widened = 0;
    std::size_t there = 0;
};

Tally tally_of(const module::MergeResult& result) {
    Tally tally;
    for (const module::RuleChange& change : result.changes)
        ++(change.widened ? tally.widened : tally.added);
    tally.there = result.asked - result.changes.size();
    return tally;
}

std::string outcome(bool written, bool dry_run, bool changes, bool exists = true) {
    if (dry_run)
        return changes ? "would change" : "would stay as it is";
    return written ? "written" : exists ? "unchanged" : "not written, there are no rules";
}

std::string commands_of(const verdict::Commands& commands) {
    return commands.empty() ? std::string() : " " + module::to_text(commands);
}

} // namespace

std::string explained_text(const query::Explained& explained, bool all, const Look& look) {
    Sheet sheet(look, title_width);
    for (const auto& [verdict, count] : explained.judged.counts)
        add_verdict(sheet, verdict, explained.judged,
                    all || verdict == Verdict::allow || !is_settled(verdict));
    add_logs(sheet, explained.denials, explained.judged, explained.unknown);
    if (!explained.lacking.empty())
        sheet.row("guards", "for names that this policy does not have there are none: " +
                                join(explained.lacking, ", "));
    return sheet.text();
}

std::string merged_text(const query::Merged& merged, bool dry_run, const Look& look) {
    Sheet sheet(look, title_width);
    const std::string diff = diff_text(merged.before, merged.after, look);
    const bool worth = !merged.before.empty() || merged.changes_rules();
    if (worth && !diff.empty())
        sheet.line(diff);
    const Tally tally = tally_of(merged.result);
    sheet.row("module", merged.module.string() + ": " +
                            outcome(merged.written, dry_run, worth && merged.before != merged.after,
                                    !merged.before.empty()));
    sheet.row("rules", human_count(tally.added) + " added, " + human_count(tally.widened) +
                           " widened, " + human_count(tally.there) + " already there");
    if (!merged.result.silenced.empty()) {
        sheet.row("silenced", "by " + count_of(merged.result.silenced.size(), "dontaudit rule"));
        sheet.items(merged.result.silenced, merged.result.silenced.size());
    }
    add_logs(sheet, merged.result.denials, merged.result.judged, merged.unknown);
    const bool left_out = std::ranges::any_of(
        merged.result.judged.counts, [](const auto& entry) { return !is_settled(entry.first); });
    if (left_out)
        sheet.row("left out", "`selns-build denials explain` tells why, and what would help");
    return sheet.text();
}

std::string pruned_text(const query::Pruned& pruned, bool dry_run, const Look& look) {
    Sheet sheet(look, title_width);
    for (const module::RuleRemoval& removal : pruned.removals)
        sheet.line(paint(look, Tone::red,
                         "-" + module::to_cil(removal.triple, removal.permissions) +
                             commands_of(removal.commands)));
    if (!pruned.removals.empty())
        sheet.blank();
    sheet.row("module", pruned.module.string() + ": " +
                            outcome(pruned.written, dry_run, !pruned.removals.empty()));
    sheet.row("rules", count_of(pruned.removals.size(), "rule") +
                           " that the base policy has by now, wholly or in part");
    return sheet.text();
}

std::string imported_text(const query::Imported& imported, bool dry_run, const Look& look) {
    Sheet sheet(look, title_width);
    for (const module::RuleChange& change : imported.import.changes)
        sheet.line(paint(look, Tone::green,
                         "+" + module::to_cil(change.triple, change.added) +
                             commands_of(change.commands)));
    for (const std::string& statement : imported.import.statements)
        sheet.line(paint(look, Tone::green, "+" + on_screen(statement)));
    const bool changes = !imported.import.changes.empty() || !imported.import.statements.empty();
    if (changes)
        sheet.blank();
    sheet.row("module",
              imported.module.string() + ": " + outcome(imported.written, dry_run, changes));
    return sheet.text();
}

} // namespace selns::cmd
