#include "selns-build/render/kernel.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/session.hpp"

#include <algorithm>

namespace selns::cmd {

namespace {

struct KernelListOptions {
    bool json = false;
};

struct KernelBuildOptions {
    std::filesystem::path kernel; // a shipped one's name, or a file
    std::filesystem::path output; // empty: build/kernel/NAME
    std::filesystem::path source;
    unsigned jobs = 0; // 0: as many as there are processors
    bool config_only = false;
    bool refresh = false;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct KernelCheckOptions {
    std::filesystem::path what;
    std::filesystem::path recipe;
    bool running = false;
    bool json = false;
};

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

void declare(CLI::App& app, KernelListOptions& options) {
    app.add_flag("--json", options.json, "everything, as JSON");
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

void declare(CLI::App& app, KernelBuildOptions& options) {
    add_required_path(app, "KERNEL", options.kernel, "a kernel's name or a kernel recipe");
    add_output(app, options.output, "where the bundle goes (default: build/kernel/NAME)");
    add_file(app, "--source", options.source, "DIR", "a source tree in the place of the recipe's");
    add_number(app, "--jobs", options.jobs, "N",
               "how many compilers run at once (default: one for each processor)");
    app.add_flag("--config-only", options.config_only,
                 "configure only, with all checks; leaves DIR.config");
    app.add_flag("--refresh", options.refresh, "ask the package sources for newer packages");
    app.add_flag("--json", options.json, "the result as JSON");
    add_progress(app, options.progress);
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
    const Context& context = setting.context();
    if (options.config_only) {
        const auto file = kernel::build_config(recipe, build, context);
        session.out.write(file.string() + "\n");
        return 0;
    }
    const kernel::Built built = kernel::build(recipe, build, context);
    session.out.write(options.json ? built_json(built) : built_text(built, session.out_look));
    return 0;
}

void declare(CLI::App& app, KernelCheckOptions& options) {
    add_path(app, "FILE|BUNDLE", options.what);
    app.add_flag("--running", options.running, "look at the kernel that runs");
    add_file(app, "--recipe", options.recipe, "RECIPE",
             "status 1 when an image recipe's launch mode cannot work");
    app.add_flag("--json", options.json, "everything, as JSON");
    app.final_callback([&] {
        if (options.what.empty() != options.running)
            throw usage(app, "expected either a file or bundle, or --running");
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

const Subcommand kernel_list_command = {
    "kernel list", " [OPTION]...", "kernels that can be built, and which are",
    "Shows the kernel recipes that the program brings along, where each kernel comes\n"
    "from, and whether it has been built.\n"
    "\n"
    "Example:\n"
    "  selns-build kernel list\n",
    declared<KernelListOptions, declare, run>};

const Subcommand kernel_build_command = {
    "kernel build", " KERNEL [OPTION]...", "make a kernel that images boot with",
    "Makes the kernel KERNEL: the name of a shipped one, or a kernel recipe's file.\n"
    "Leaves a bundle: vmlinuz, config, manifest.json and, where it has any, modules.\n"
    "Each symbol of the recipe's configuration fragments must come out as written\n"
    "there. What was made is cached: the same again is a copy.\n"
    "\n"
    "Example:\n"
    "  selns-build kernel build debian-source -o kernel\n",
    declared<KernelBuildOptions, declare, run>};

const Subcommand kernel_check_command = {
    "kernel check", " FILE|BUNDLE|--running [OPTION]...",
    "what a kernel can do for which launch mode",
    "Shows whether a kernel has SELinux, SELinux namespaces, audit, file systems that\n"
    "keep labels, virtio, and what that means: for images as virtual machines, and\n"
    "for containers in an SELinux namespace of their own on a host with this kernel.\n"
    "FILE is a configuration or a kernel image that carries one. Status 1 when no\n"
    "mode can work; with --recipe, when the one that its kernel is for cannot.\n"
    "\n"
    "Example:\n"
    "  selns-build kernel check /boot/config-6.1.0-41-cloud-amd64\n",
    declared<KernelCheckOptions, declare, run>};

} // namespace selns::cmd
