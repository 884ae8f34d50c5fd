#include "selns-build/render/doctor.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/session.hpp"

#include <optional>

namespace selns::cmd {

namespace {

struct DoctorOptions {
    std::filesystem::path recipe; // may be empty
    std::vector<recipe::Override> overrides;
    bool json = false;
};

} // namespace

void declare(CLI::App& app, DoctorOptions& options) {
    add_path(app, "RECIPE", options.recipe);
    add_overrides(app, options.overrides);
    app.add_flag("--json", options.json, "everything, as JSON");
}

int run(const DoctorOptions& options, Session& session) {
    const doctor::Host host = doctor::this_host(session.interrupt); // while there is one thread
    const Setting setting(ProgressMode::none, session);
    std::optional<recipe::Recipe> recipe;
    if (!options.recipe.empty())
        recipe = recipe::load(options.recipe, options.overrides);
    const auto findings = doctor::examine(host, recipe ? &*recipe : nullptr, setting.context());
    session.out.write(options.json ? doctor_json(findings)
                                   : doctor_text(findings, session.out_look));
    return doctor::is_missing(findings) ? 1 : 0;
}

const Subcommand doctor_command = {
    "doctor", " [RECIPE] [OPTION]...", "what this host can do, and what would help",
    "Looks at each bootstrap, image format, launch mode and kernel: whether it works\n"
    "here, and if not, the command or package that would fix it. With RECIPE, the\n"
    "status is 1 when something that its build or launch needs is missing.\n"
    "\n"
    "Example:\n"
    "  selns-build doctor web.yaml\n",
    declared<DoctorOptions, declare, run>};

} // namespace selns::cmd
