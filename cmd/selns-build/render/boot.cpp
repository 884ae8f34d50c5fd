#include "selns-build/render/boot.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <filesystem>

namespace selns::cmd {

namespace {

constexpr std::size_t most_listed = 10;

void add_time(Sheet& sheet, const char* title, const boot::Observation::Time& time,
              const std::string& what = {}) {
    if (time)
        sheet.row(title, "after " + human_time(*time) + (what.empty() ? "" : "  " + what));
}

} // namespace

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
    sheet.row("SELinux", std::string(boot::name_of(seen.selinux)));
    sheet.row("denials", booted.records == 0 ? std::string("none")
                                             : count_of(booted.records, "record") + ", " +
                                                   human_count(booted.unique) + " different");
    sheet.row("failed units",
              seen.failed_units.empty() ? "none" : human_count(seen.failed_units.size()));
    sheet.items(seen.failed_units, most_listed);
    sheet.row("logs", path_from(booted.kernel_log, here));
    sheet.row("", path_from(booted.console_log, here));
    if (booted.audit_log)
        sheet.row("", path_from(*booted.audit_log, here));
    if (!booted.next.empty()) {
        sheet.blank();
        sheet.line("Next:");
        for (const std::string& command : booted.next)
            sheet.line("  " + on_screen(command));
    }
    return sheet.text();
}

} // namespace selns::cmd
