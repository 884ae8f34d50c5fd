#include "selns-build/render/boot.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

namespace selns::cmd {

namespace {

constexpr std::size_t most_listed = 10;

void add_time(Sheet& sheet, const char* title, const boot::Observation::Time& time,
              const std::string& what = {}) {
    if (time)
        sheet.row(title, "after " + human_time(*time) + (what.empty() ? "" : "  " + what));
}

void add_denials(Sheet& sheet, const pipeline::BootLogs& logs) {
    std::string text = logs.records == 0 ? std::string("none")
                                         : count_of(logs.records, "record") + ", " +
                                               human_count(logs.unique) + " different";
    sheet.row("denials", logs.gaps.empty() ? text : text + "; not known whether that is all");
    add_gaps(sheet, logs.gaps);
}

// "nginx.service: exited, status=1/FAILURE", and what it said last.
void add_failed_units(Sheet& sheet, const boot::Observation& seen, const boot::UnitLines& said) {
    const auto& units = seen.failed_units;
    sheet.row("failed units", units.empty() ? "none" : human_count(units.size()));
    std::vector<std::string> items;
    for (const std::string& unit : std::span(units).first(std::min(units.size(), most_listed))) {
        const auto exit = seen.exits.find(unit);
        items.push_back(exit == seen.exits.end() ? unit : unit + ": " + exit->second);
        if (const auto lines = said.find(unit); lines != said.end())
            for (const std::string& line : lines->second)
                items.push_back("  " + line);
    }
    if (units.size() > most_listed)
        items.push_back(fmt::format("and {} more", human_count(units.size() - most_listed)));
    sheet.items(items, items.size());
}

} // namespace

void add_gaps(Sheet& sheet, const std::vector<boot::Gap>& gaps) {
    for (const boot::Gap& gap : gaps) {
        sheet.row("not known", gap.reason);
        sheet.row("needed", gap.advice);
    }
}

void add_failed_access(Sheet& sheet, const std::vector<std::string>& lines) {
    if (lines.empty())
        return;
    sheet.row("refused", "by programs' own words: " + human_count(lines.size()));
    sheet.items(lines, most_listed);
}

std::string namespace_text(const std::optional<boot::SelinuxNamespace>& whose) {
    return !whose                                        ? ""
           : *whose == boot::SelinuxNamespace::container ? ", in a namespace of its own"
                                                         : ", in the machine's namespace";
}

std::string name_of(boot::Accelerator accelerator) {
    return accelerator == boot::Accelerator::kvm ? "kvm" : "tcg";
}

std::string booted_text(const pipeline::Booted& booted, const Look& look) {
    const boot::Observation& seen = booted.run.seen;
    std::error_code ignored;
    const auto here = std::filesystem::current_path(ignored);
    Sheet sheet(look, 14);
    const std::string name = paint(look, Tone::bold, on_screen(booted.name));
    if (booted.failure.empty())
        sheet.line(name + " booted in " + human_time(booted.run.elapsed));
    else
        sheet.line(paint(look, Tone::red_bold, "failed") + ": " + name + ": " +
                   on_screen(booted.failure));
    sheet.blank();
    sheet.row("kernel", booted.kernel + " (" + name_of(booted.accelerator) + ")");
    add_time(sheet, "policy", seen.policy, "loaded");
    add_time(sheet, "target", seen.target, seen.default_target);
    add_time(sheet, "login prompt", seen.login);
    sheet.row("SELinux",
              std::string(boot::name_of(seen.selinux)) + namespace_text(seen.selinux_namespace));
    add_denials(sheet, booted.logs);
    add_failed_units(sheet, seen, booted.logs.unit_lines);
    add_failed_access(sheet, seen.failed_access);
    if (!booted.last_lines.empty()) {
        sheet.row("kernel's log", "ends with");
        sheet.items(booted.last_lines, booted.last_lines.size());
    }
    sheet.row("logs", path_from(booted.logs.kernel, here));
    sheet.row("", path_from(booted.logs.console, here));
    if (booted.logs.audit)
        sheet.row("", path_from(*booted.logs.audit, here));
    if (!booted.next.empty()) {
        sheet.blank();
        sheet.line("Next:");
        for (const std::string& command : booted.next)
            sheet.line("  " + on_screen(command));
    }
    return sheet.text();
}

} // namespace selns::cmd
