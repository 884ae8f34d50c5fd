#include "selns-build/render/layout.hpp"
#include "selns-build/render/plan.hpp"
#include "selns/base/text.hpp"

#include <algorithm>

namespace selns::cmd {

namespace {

using pipeline::Freshness;
using pipeline::Plan;
using pipeline::PlanInput;
using pipeline::PlanStage;

constexpr int widest_name = 24;

std::string state_of(const PlanStage& stage, const Look& look) {
    const std::string why = on_screen(stage.why);
    switch (stage.freshness) {
    case Freshness::cached:
        return paint(look, Tone::green, why.empty() ? "cached" : why);
    case Freshness::due:
        return paint(look, Tone::yellow, why.empty() ? "to be done" : why);
    case Freshness::unknown:
        break;
    }
    return paint(look, Tone::dim, why);
}

// NAME  VALUE  ORIGIN; the value is wrapped, the origin follows it where it fits.
void add_input(Sheet& sheet, const PlanInput& input, int name_width) {
    const int indent = 4 + name_width + 2;
    std::string start = "    " + pad(on_screen(input.name), name_width) + "  ";
    auto lines = wrap(on_screen(input.value), sheet.look().width - indent);
    if (lines.empty())
        lines.emplace_back("-");
    const std::string origin = on_screen(input.origin);
    const bool fits = origin.empty() ||
                      indent + columns(lines.back()) + 2 + columns(origin) <= sheet.look().width;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool ends_here = fits && i + 1 == lines.size() && !origin.empty();
        sheet.line(start + lines[i] +
                   (ends_here ? "  " + paint(sheet.look(), Tone::dim, origin) : ""));
        start = std::string(static_cast<std::size_t>(indent), ' ');
    }
    if (!fits)
        sheet.line(start + paint(sheet.look(), Tone::dim, origin));
}

void add_stage(Sheet& sheet, const PlanStage& stage) {
    const std::string state = state_of(stage, sheet.look());
    sheet.blank();
    sheet.line(paint(sheet.look(), Tone::bold, on_screen(stage.name)) +
               (state.empty() ? "" : ": " + state));
    for (const std::string& line : wrap(on_screen(stage.what), sheet.look().width - 2))
        sheet.line("  " + line);
    int width = 0;
    for (const PlanInput& input : stage.inputs)
        width = std::max(width, std::min(columns(on_screen(input.name)), widest_name));
    for (const PlanInput& input : stage.inputs)
        add_input(sheet, input, width);
}

} // namespace

std::string plan_text(const Plan& plan, const Look& look) {
    Sheet sheet(look, widest_name);
    sheet.line(paint(look, Tone::bold, on_screen(plan.name)) + " from " + on_screen(plan.recipe));
    for (const PlanStage& stage : plan.stages)
        add_stage(sheet, stage);
    if (!plan.outputs.empty()) {
        sheet.blank();
        sheet.heading("outputs");
        for (const auto& output : plan.outputs)
            sheet.line("  " + on_screen(output.string()));
    }
    return sheet.text();
}

} // namespace selns::cmd
