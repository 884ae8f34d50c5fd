#include "selns-build/commands/check.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/failure.hpp"
#include "selns-build/session.hpp"
#include "selns/pipeline/preflight.hpp"

namespace selns::cmd {

void declare(CLI::App& app, CheckOptions& options) {
    add_recipes(app, options.recipes);
    add_overrides(app, options.overrides);
}

int run(const CheckOptions& options, Session& session) {
    const Setting setting(ProgressMode::none, session);
    int status = 0;
    for (const auto& file : options.recipes) {
        const int result = guarded(session, file.string(), [&] {
            session.interrupt.check();
            const recipe::Recipe recipe = recipe::load(file, options.overrides);
            pipeline::preflight(recipe, setting.context(), {.kernel = true});
            session.out.write(on_screen(file.string()) + ": valid\n");
            return 0;
        });
        if (status == 0)
            status = result;
        if (session.interrupt.raised())
            break;
    }
    return status;
}

const Subcommand check_command = {
    "check", " RECIPE... [OPTION]...", "validate recipes, make nothing",
    "Reads recipes and the files that they name, and reports all that is wrong.\n"
    "\n"
    "Example:\n"
    "  selns-build check recipes/*.yaml\n",
    declared<CheckOptions, declare, run>};

} // namespace selns::cmd
