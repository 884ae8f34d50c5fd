#include "selns/pipeline/show.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/render/show.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(Declaration& declaration, ShowOptions& options) {
    declaration.path(options.what, "DIR|IMAGE", "an output directory, a tar or an ext4 image");
    declaration.flag(options.all, "--all", "whole lists instead of their first few");
    declaration.flag(options.json, "--json", "everything, as JSON");
}

int run(const ShowOptions& options, Session& session) {
    std::string facts = pipeline::describe(options.what);
    if (options.json && !facts.ends_with('\n'))
        facts += '\n';
    session.out.write(options.json ? facts : show_text(facts, options.all, session.out_look));
    return 0;
}

} // namespace selns::cmd
