#include "selns/query/show.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/commands/show.hpp"
#include "selns-build/render/show.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(CLI::App& app, ShowOptions& options) {
    add_required_path(app, "DIR|IMAGE", options.what,
                      "an output directory, a tar or an ext4 image");
    app.add_flag("--all", options.all, "whole lists instead of their first few");
    app.add_flag("--json", options.json, "everything, as JSON");
}

int run(const ShowOptions& options, Session& session) {
    std::string facts = query::describe(options.what, cache_if_any(session));
    if (options.json && !facts.ends_with('\n'))
        facts += '\n';
    session.out.write(options.json ? facts : show_text(facts, options.all, session.out_look));
    return 0;
}

const Subcommand show_command = {
    "show", " DIR|IMAGE [OPTION]...", "packages, policy, labels of a built image",
    "Shows packages, policy, labels and local rules of a built image. DIR is an\n"
    "output directory of a build, IMAGE a tar or ext4 image.\n"
    "\n"
    "Example:\n"
    "  selns-build show build/web\n",
    declared<ShowOptions, declare, run>};

} // namespace selns::cmd
