#include "selns/converge/converge.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/render/converge.hpp"
#include "selns-build/session.hpp"
#include "selns/base/file.hpp"

namespace selns::cmd {

namespace {

struct ConvergeOptions {
    std::filesystem::path recipe;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    std::string kernel;
    unsigned rounds = 8;
    bool show_dontaudit = false;
    std::optional<bool> own_namespace; // nothing: as the recipe says
    unsigned limit = 300;              // seconds, of each boot
    unsigned quiet = 5;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

} // namespace

void declare(CLI::App& app, ConvergeOptions& options) {
    add_required_path(app, "RECIPE", options.recipe, "the file of a recipe");
    add_output(app, options.output, "where outputs go (default: build/NAME)");
    add_overrides(app, options.overrides);
    app.add_option("--kernel", options.kernel, "another kernel than the recipe's")
        ->type_name("NAME|BUNDLE")
        ->check(filled("NAME|BUNDLE"));
    add_number(app, "--rounds", options.rounds, "NUMBER", "how many boots at most (default: 8)");
    app.add_flag("--show-dontaudit", options.show_dontaudit,
                 "show what dontaudit rules hide in boots");
    add_selinux_namespace(app, options.own_namespace);
    add_number(app, "--limit", options.limit, "SECONDS",
               "how long each boot may take at most, and its shutdown again (default: 300)");
    add_number(app, "--quiet", options.quiet, "SECONDS",
               "how long the log has to be quiet at its end (default: 5)", 0);
    app.add_flag("--json", options.json, "the report, as JSON");
    add_progress(app, options.progress);
}

int run(const ConvergeOptions& options, Session& session) {
    const auto recipe = recipe::load(options.recipe, options.overrides);
    if (options.own_namespace && recipe.launch.mode != recipe::LaunchMode::namespaced)
        throw Error(ErrorKind::usage,
                    "--selinux-namespace is for a recipe with `launch: { mode: namespace }`");
    const auto output = options.output.empty() ? default_output(recipe.name) : options.output;
    const Setting setting(options.progress, session);
    const auto result = converge::converge(recipe,
                                           {std::filesystem::absolute(output), options.kernel,
                                            options.rounds, std::chrono::seconds(options.limit),
                                            std::chrono::seconds(options.quiet),
                                            options.show_dontaudit, options.own_namespace},
                                           setting.context());
    session.out.write(options.json ? read_file(result.report)
                                   : converged_text(result, session.out_look));
    return result.converged() ? 0 : 1;
}

const Subcommand converge_command = {
    "converge", " RECIPE [OPTION]...", "boot and learn until it boots enforcing",
    "Builds the recipe's image permissive, boots it, merges its denials into the local\n"
    "module and builds again, until a boot brings nothing new; then boots it enforcing.\n"
    "The module and the enforcing image are written when that boot had no denial. What\n"
    "no rule can help is named, with what would. The recipe is not written. Interrupted,\n"
    "it goes on where it was.\n"
    "\n"
    "Example:\n"
    "  selns-build converge web.yaml -o build/web\n",
    declared<ConvergeOptions, declare, run>};

} // namespace selns::cmd
