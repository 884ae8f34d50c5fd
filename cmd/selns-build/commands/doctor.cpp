#include "selns-build/render/doctor.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/session.hpp"

#include <optional>

namespace selns::cmd {

void declare(Declaration& declaration, DoctorOptions& options) {
    declaration.optional_path(options.recipe, "RECIPE");
    declaration.overrides(options.overrides);
    declaration.flag(options.json, "--json", "everything, as JSON");
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

} // namespace selns::cmd
