#include "selns-build/progress/amount.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns/base/text.hpp"

#include <utility>

namespace selns::cmd {

namespace {

using namespace std::chrono_literals;
using progress::Event;
using progress::EventKind;

constexpr auto quiet_time = 10s;

class PlainSink final : public progress::Sink {
  public:
    PlainSink(Output& output, const Look& look, Clock clock, const std::string& recipe)
        : output_(output), look_(look), clock_(std::move(clock)),
          prefix_(recipe.empty() ? "" : on_screen(recipe) + ": ") {}

    void on(const Event& event) override {
        const std::string text = on_screen(event.text);
        switch (event.kind) {
        case EventKind::started:
            said_ = clock_();
            detail_.clear();
            line(event, text.empty() ? "started" : text);
            break;
        case EventKind::detail:
            detail_ = text;
            in_between(event, text);
            break;
        case EventKind::advanced:
            in_between(event, join_amount(detail_, amount_of(event)));
            break;
        case EventKind::finished:
            line(event, (text.empty() ? "done" : text) + " (" +
                            (event.cached ? "cached" : human_time(event.elapsed)) + ")");
            break;
        case EventKind::failed:
            line(event,
                 "failed after " + human_time(event.elapsed) + (text.empty() ? "" : ": " + text));
            break;
        case EventKind::note:
            line(event, text);
            break;
        case EventKind::warning:
            line(event, paint(look_, Tone::yellow, "warning") + ": " + text);
            break;
        }
    }

  private:
    static std::string join_amount(const std::string& detail, const std::string& amount) {
        return detail.empty() || amount.empty() ? detail + amount : detail + ", " + amount;
    }
    void in_between(const Event& event, const std::string& text) {
        if (text.empty() || clock_() - said_ < quiet_time)
            return;
        said_ = clock_();
        line(event, text);
    }
    void line(const Event& event, const std::string& text) {
        const std::string step = on_screen(event.step);
        output_.write(prefix_ + (step.empty() ? text + "\n" : step + ": " + text + "\n"));
    }

    Output& output_;
    Look look_;
    Clock clock_;
    std::string prefix_;
    std::chrono::steady_clock::time_point said_;
    std::string detail_;
};

} // namespace

std::unique_ptr<progress::Sink> make_plain_sink(Output& output, const Look& look, Clock clock,
                                                const std::string& recipe) {
    return std::make_unique<PlainSink>(output, look, std::move(clock), recipe);
}

} // namespace selns::cmd
