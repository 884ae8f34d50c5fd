#include "selns-build/progress/sinks.hpp"
#include "selns-build/session.hpp"

#include <unistd.h>

namespace selns::cmd {

namespace {

// Warnings are no progress.
class WarningSink final : public progress::Sink {
  public:
    explicit WarningSink(Session& session) : session_(session) {}
    void on(const progress::Event& event) override {
        if (event.kind == progress::EventKind::warning)
            session_.err.write(paint(session_.err_look, Tone::yellow, "warning") + ": " +
                               on_screen(event.text) + "\n");
    }

  private:
    Session& session_;
};

} // namespace

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
        return std::make_unique<WarningSink>(session);
    case ProgressMode::automatic:
    case ProgressMode::plain:
        break;
    }
    return make_plain_sink(session.err, session.err_look, clock, session.recipe);
}

} // namespace selns::cmd
