#include "selns/converge/converge.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/render/converge.hpp"
#include "selns-build/session.hpp"
#include "selns/base/file.hpp"

namespace selns::cmd {

void declare(Declaration& declaration, ConvergeOptions& options) {
    declaration.path(options.recipe, "RECIPE", "the file of a recipe");
    declaration.output(options.output, "where outputs go (default: build/NAME)");
    declaration.overrides(options.overrides);
    declaration.option(options.kernel, "--kernel", "NAME|BUNDLE",
                       "another kernel than the recipe's");
    declaration.option(options.rounds, "--rounds", "NUMBER", "how many boots at most (default: 8)");
    declaration.flag(options.show_dontaudit, "--show-dontaudit",
                     "show what dontaudit rules hide in boots");
    declaration.selinux_namespace(options.own_namespace);
    declaration.option(
        options.limit, "--limit", "SECONDS",
        "how long each boot may take at most, and its shutdown again (default: 300)");
    declaration.option(options.quiet, "--quiet", "SECONDS",
                       "how long the log has to be quiet at its end (default: 5)", 0);
    declaration.flag(options.json, "--json", "the report, as JSON");
    declaration.progress(options.progress);
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

} // namespace selns::cmd
