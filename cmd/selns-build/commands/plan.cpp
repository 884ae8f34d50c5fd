#include "selns/pipeline/plan.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/plan.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns-build/render/plan.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(CLI::App& app, PlanOptions& options) {
    add_required_path(app, "RECIPE", options.recipe, "the file of a recipe");
    add_output(app, options.output, "where outputs would go (default: build/NAME)");
    add_overrides(app, options.overrides);
    app.add_flag("--json", options.json, "the same facts as JSON");
}

int run(const PlanOptions& options, Session& session) {
    const auto recipe = recipe::load(options.recipe, options.overrides);
    const auto output = options.output.empty() ? default_output(recipe.name) : options.output;
    pipeline::Plan plan = pipeline::make_plan(recipe, output);
    const cache::Store store(cache::default_root(), session.interrupt,
                             [&session](const std::string& message) {
                                 make_sink(ProgressMode::automatic, session)->warning(message);
                             });
    progress::NullSink sink;
    pipeline::resolve(
        plan, recipe,
        {session.runner, session.interrupt, store, sink, source_date_epoch(session.environment)});
    session.out.write(options.json ? plan_json(plan) : plan_text(plan, session.out_look));
    return 0;
}

const Subcommand plan_command = {
    "plan", " RECIPE [OPTION]...", "what a build would do, and why",
    "Shows the stages of a build, what each depends on and who says so, and whether\n"
    "the cache has it, or why not.\n"
    "\n"
    "Example:\n"
    "  selns-build plan web.yaml\n",
    declared<PlanOptions, declare, run>};

} // namespace selns::cmd
