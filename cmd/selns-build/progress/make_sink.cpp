#include "selns-build/progress/sinks.hpp"
#include "selns-build/session.hpp"

#include <unistd.h>

namespace selns::cmd {

std::unique_ptr<progress::Sink> make_sink(ProgressMode mode, Session& session) {
    const Clock clock = [] { return std::chrono::steady_clock::now(); };
    if (mode == ProgressMode::automatic)
        mode = session.err_redraws ? ProgressMode::bar : ProgressMode::plain;
    switch (mode) {
    case ProgressMode::bar:
        return make_bar_sink(
            session.err, session.err_look, [] { return terminal_width(STDERR_FILENO); }, clock);
    case ProgressMode::json:
        return make_json_sink(session.err, session.recipe);
    case ProgressMode::none:
        return std::make_unique<progress::NullSink>();
    case ProgressMode::automatic:
    case ProgressMode::plain:
        break;
    }
    return make_plain_sink(session.err, session.err_look, clock, session.recipe);
}

} // namespace selns::cmd
