#include "selns-build/commands/commands.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/failure.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(Declaration& declaration, CheckOptions& options) {
    declaration.recipes(options.recipes);
    declaration.overrides(options.overrides);
}

int run(const CheckOptions& options, Session& session) {
    int status = 0;
    for (const auto& file : options.recipes) {
        const int result = guarded(session, file.string(), [&] {
            session.interrupt.check();
            recipe::load(file, options.overrides);
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

} // namespace selns::cmd
