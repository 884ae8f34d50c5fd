#include "selns-build/render/converge.hpp"

#include "selns-build/render/boot.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <vector>

namespace selns::cmd {

namespace {

constexpr std::size_t most_opened = 20;

void add_rounds(Sheet& sheet, const converge::Result& result) {
    for (const converge::Round& round : result.rounds) {
        std::string text = fmt::format(
            "{}{}, {}, {}", round.enforcing ? "enforcing" : "permissive",
            namespace_text(round.selinux_namespace),
            round.records == 0 ? "no denial" : count_of(round.records, "denial record"),
            round.added.empty() ? "nothing new" : count_of(round.added.size(), "new rule"));
        if (!round.gaps.empty())
            text += ", not known whether that is all";
        if (!round.failed_units.empty())
            text += ", failed: " + join(round.failed_units, " ");
        sheet.row(fmt::format("round {}", round.number), text);
    }
}

// Lines for one key below each other.
void add_choices(Sheet& sheet, const std::vector<converge::Choice>& choices) {
    const converge::Choice* last = nullptr;
    for (const converge::Choice& choice : choices) {
        if (last == nullptr || last->key != choice.key || last->about != choice.about)
            sheet.row(last == nullptr ? "could be" : "or",
                      choice.key + (choice.about.empty() ? "" : " (" + choice.about + ")"));
        sheet.item(choice.line);
        last = &choice;
    }
}

void add_obstacles(Sheet& sheet, const converge::Result& result) {
    if (result.obstacles.empty())
        return;
    sheet.blank();
    sheet.heading("In the way");
    for (const converge::Obstacle& obstacle : result.obstacles) {
        sheet.line("  " + on_screen(obstacle.access));
        sheet.row("verdict", obstacle.verdict);
        sheet.row("because", obstacle.reason);
        sheet.row("needed", obstacle.advice);
        add_choices(sheet, obstacle.choices);
    }
}

// What dontaudit rules hide; in an enforcing boot, it is denied all the same.
void add_hidden(Sheet& sheet, const converge::Result& result) {
    if (result.hidden.empty())
        return;
    std::set<std::string> denied;
    for (const converge::Round& round : result.rounds)
        if (round.enforcing)
            denied.insert(round.hidden.begin(), round.hidden.end());
    std::vector<std::string> lines(denied.begin(), denied.end());
    std::ranges::copy_if(result.hidden, std::back_inserter(lines),
                         [&](const std::string& access) { return !denied.contains(access); });
    sheet.row("hidden", "by dontaudit rules: " + human_count(result.hidden.size()) +
                            (denied.empty() ? ""
                                            : ", denied when enforcing: the first " +
                                                  human_count(denied.size())));
    sheet.items(lines, most_opened);
}

void add_title(Sheet& sheet, const converge::Result& result) {
    const std::string name = paint(sheet.look(), Tone::bold, on_screen(result.name));
    const std::string failure = name + ": " + on_screen(result.failure);
    switch (result.outcome) {
    case converge::Outcome::converged:
        sheet.line(name + " boots enforcing without a denial: " +
                   count_of(result.rounds.size(), "boot") + " in " + human_time(result.elapsed));
        break;
    case converge::Outcome::not_known:
        sheet.line(paint(sheet.look(), Tone::yellow, "not known") + ": " + failure);
        break;
    case converge::Outcome::failed:
        sheet.line(paint(sheet.look(), Tone::red_bold, "failed") + ": " + failure);
        break;
    }
}

// "selinux.mode: enforcing" and others as one map, without a key twice: to be pasted.
std::vector<std::string> as_yaml(std::vector<std::string> settings) {
    std::ranges::sort(settings);
    std::vector<std::string> lines;
    std::vector<std::string> open; // the keys on the way to the last line
    for (const std::string& setting : settings) {
        const std::size_t colon = setting.find(": ");
        const auto keys = split(std::string_view(setting).substr(0, colon), '.');
        std::size_t depth = 0;
        while (depth + 1 < keys.size() && depth < open.size() && open[depth] == keys[depth])
            ++depth;
        open.resize(depth);
        for (; depth + 1 < keys.size(); ++depth) {
            lines.push_back(std::string(2 * depth, ' ') + std::string(keys[depth]) + ":");
            open.emplace_back(keys[depth]);
        }
        lines.push_back(std::string(2 * depth, ' ') + std::string(keys.back()) +
                        setting.substr(colon));
    }
    return lines;
}

void add_files(Sheet& sheet, const converge::Result& result) {
    std::error_code ignored;
    const auto here = std::filesystem::current_path(ignored);
    sheet.blank();
    if (!result.output.empty())
        sheet.row("image", path_from(result.output, here));
    if (!result.module.empty())
        sheet.row("module", path_from(result.module, here));
    sheet.row("report", path_from(result.report, here));
    if (result.to_change.empty())
        return;
    sheet.blank();
    sheet.line("To keep it so, put into the recipe:");
    for (const std::string& line : as_yaml(result.to_change))
        sheet.line(on_screen(line));
}

} // namespace

std::string converged_text(const converge::Result& result, const Look& look) {
    Sheet sheet(look, 12);
    add_title(sheet, result);
    sheet.blank();
    add_rounds(sheet, result);
    sheet.row("opened",
              result.opened.empty() ? "nothing new" : count_of(result.opened.size(), "rule"));
    sheet.items(result.opened, most_opened);
    add_hidden(sheet, result);
    add_failed_access(sheet, result.failed_access);
    add_gaps(sheet, result.gaps);
    add_obstacles(sheet, result);
    add_files(sheet, result);
    return sheet.text();
}

} // namespace selns::cmd
