#include "selns/pipeline/plan.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/render/plan.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(Declaration& declaration, PlanOptions& options) {
    declaration.path(options.recipe, "RECIPE", "the file of a recipe");
    declaration.output(options.output, "where outputs would go (default: build/NAME)");
    declaration.overrides(options.overrides);
    declaration.flag(options.json, "--json", "the same facts as JSON");
}

int run(const PlanOptions& options, Session& session) {
    const auto recipe = recipe::load(options.recipe, options.overrides);
    const auto output = options.output.empty() ? default_output(recipe.name) : options.output;
    pipeline::Plan plan = pipeline::make_plan(recipe, output);
    const cache::Store store(cache::default_root(), session.interrupt);
    progress::NullSink sink;
    pipeline::resolve(
        plan, recipe,
        {session.runner, session.interrupt, store, sink, source_date_epoch(session.environment)});
    session.out.write(options.json ? plan_json(plan) : plan_text(plan, session.out_look));
    return 0;
}

} // namespace selns::cmd
