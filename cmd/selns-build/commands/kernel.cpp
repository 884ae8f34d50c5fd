#include "selns-build/render/kernel.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/session.hpp"

#include <algorithm>

namespace selns::cmd {

namespace {

// The modes that the kernel which RECIPE names is for; without that, any one will do.
std::vector<kernel::Mode> wanted_modes(const std::filesystem::path& file) {
    const auto recipe = recipe::load(file);
    if (recipe.launch.mode == recipe::LaunchMode::namespaced)
        return {kernel::Mode::namespaced};
    const auto named = kernel::shipped_recipe(recipe.launch.kernel);
    if (!named)
        return {kernel::Mode::vm};
    const auto& provides = named->provides;
    const bool namespaced =
        std::find(provides.begin(), provides.end(), "selinux-namespaces") != provides.end();
    return namespaced ? std::vector{kernel::Mode::namespaced} : std::vector{kernel::Mode::vm};
}

bool can_work(const kernel::Examination& examination, kernel::Mode mode) {
    return std::any_of(examination.verdicts.begin(), examination.verdicts.end(),
                       [&](const kernel::Verdict& verdict) {
                           return verdict.mode == mode && verdict.works != kernel::State::no;
                       });
}

} // namespace

void declare(Declaration& declaration, KernelListOptions& options) {
    declaration.flag(options.json, "--json", "everything, as JSON");
}

int run(const KernelListOptions& options, Session& session) {
    const cache::Store store(cache::default_root(), session.interrupt);
    std::vector<KernelItem> kernels;
    for (kernel::Recipe& recipe : kernel::shipped_recipes()) {
        auto bundle = kernel::find_bundle(store, recipe.name);
        kernels.push_back({std::move(recipe), std::move(bundle)});
    }
    session.out.write(options.json ? kernels_json(kernels)
                                   : kernels_text(kernels, session.out_look));
    return 0;
}

void declare(Declaration& declaration, KernelBuildOptions& options) {
    declaration.path(options.kernel, "KERNEL", "a kernel's name or a kernel recipe");
    declaration.output(options.output, "where the bundle goes (default: build/kernel/NAME)");
    declaration.option(options.source, "--source", "DIR",
                       "a source tree in the place of the recipe's");
    declaration.option(options.jobs, "--jobs", "N",
                       "how many compilers run at once (default: one for each processor)");
    declaration.flag(options.config_only, "--config-only",
                     "configure only, with all checks; leaves DIR.config");
    declaration.flag(options.refresh, "--refresh", "ask the package sources for newer packages");
    declaration.flag(options.json, "--json", "the result as JSON");
    declaration.progress(options.progress);
}

int run(const KernelBuildOptions& options, Session& session) {
    if (options.progress == ProgressMode::json)
        session.messages = MessageForm::json;
    const kernel::Recipe recipe = kernel::load(options.kernel);
    kernel::BuildOptions build;
    build.output = options.output.empty() ? default_output("kernel") / recipe.name : options.output;
    if (!options.source.empty())
        build.source = options.source;
    build.jobs = options.jobs;
    build.refresh = options.refresh;
    const Setting setting(options.progress, session);
    const kernel::Context& context = setting.context();
    if (options.config_only) {
        const auto file = kernel::build_config(recipe, build, context);
        session.out.write(file.string() + "\n");
        return 0;
    }
    const kernel::Built built = kernel::build(recipe, build, context);
    session.out.write(options.json ? built_json(built) : built_text(built, session.out_look));
    return 0;
}

void declare(Declaration& declaration, KernelCheckOptions& options) {
    declaration.optional_path(options.what, "FILE|BUNDLE");
    declaration.flag(options.running, "--running", "look at the kernel that runs");
    declaration.option(options.recipe, "--recipe", "RECIPE",
                       "status 1 when an image recipe's launch mode cannot work");
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.check([&] {
        if (options.what.empty() != options.running)
            throw declaration.usage("expected either a file or bundle, or --running");
    });
}

int run(const KernelCheckOptions& options, Session& session) {
    const auto modes = options.recipe.empty()
                           ? std::vector{kernel::Mode::vm, kernel::Mode::namespaced}
                           : wanted_modes(options.recipe);
    const auto examination =
        options.running ? kernel::examine_running() : kernel::examine(options.what);
    session.out.write(options.json ? examination_json(examination)
                                   : examination_text(examination, session.out_look));
    const bool any = std::any_of(modes.begin(), modes.end(),
                                 [&](kernel::Mode mode) { return can_work(examination, mode); });
    return any ? 0 : 1;
}

} // namespace selns::cmd
