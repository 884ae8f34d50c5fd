#include "selns-build/render/doctor.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using doctor::State;

constexpr int group_width = 12;
constexpr int finding_width = 24;
constexpr int state_width = 9;
constexpr int detail_at = 2 + finding_width + state_width;

void add(Sheet& sheet, const doctor::Finding& finding) {
    const Tone tone = finding.works == State::no        ? Tone::red
                      : finding.works == State::unknown ? Tone::yellow
                                                        : Tone::green;
    const bool missing = finding.needed && finding.works == State::no;
    const std::string detail = (missing ? "the recipe needs it: " : "") + finding.detail;
    const std::string state = name_of(finding.works);
    const auto lines = wrap(on_screen(detail), sheet.look().width - detail_at);
    sheet.line("  " + pad(finding.name, finding_width) +
               paint(sheet.look(), tone, lines.empty() ? state : pad(state, state_width)) +
               (lines.empty() ? std::string() : lines.front()));
    for (std::size_t i = 1; i < lines.size(); ++i)
        sheet.line(pad("", detail_at) + lines[i]);
    if (finding.works == State::no)
        sheet.row("", on_screen(finding.fix));
}

} // namespace

std::string doctor_text(const std::vector<doctor::Finding>& findings, const Look& look) {
    Sheet sheet(look, group_width);
    std::string group;
    for (const doctor::Finding& finding : findings) {
        if (finding.group != group)
            sheet.heading(group = finding.group);
        add(sheet, finding);
    }
    return sheet.text();
}

std::string doctor_json(const std::vector<doctor::Finding>& findings) {
    auto list = nlohmann::ordered_json::array();
    for (const doctor::Finding& finding : findings)
        list.push_back({{"group", finding.group},
                        {"name", finding.name},
                        {"works", name_of(finding.works)},
                        {"detail", finding.detail},
                        {"fix", finding.fix},
                        {"needed", finding.needed}});
    return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace selns::cmd
