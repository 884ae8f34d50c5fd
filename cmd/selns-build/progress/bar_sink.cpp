#include "selns-build/progress/sinks.hpp"
#include "selns-build/progress/step_line.hpp"

#include <cstddef>
#include <utility>

namespace selns::cmd {

namespace {

using progress::Event;
using progress::EventKind;

class BarSink final : public progress::Sink {
  public:
    BarSink(Output& output, const Look& look, Width width, Clock clock)
        : output_(output), line_(look, std::move(width)), clock_(std::move(clock)) {}
    ~BarSink() override { clear(); }
    BarSink(const BarSink&) = delete;
    BarSink& operator=(const BarSink&) = delete;

    void on(const Event& event) override {
        line_.take(event);
        switch (event.kind) {
        case EventKind::started:
            draw(true);
            break;
        case EventKind::detail:
        case EventKind::advanced:
            draw(false);
            break;
        case EventKind::finished:
        case EventKind::failed:
            clear();
            output_.write(line_.ended(event) + "\n");
            break;
        case EventKind::note:
        case EventKind::warning:
            clear();
            output_.write(line_.remark(event));
            draw(true);
            break;
        }
    }

  private:
    void clear() {
        if (std::exchange(drawn_, false))
            output_.write("\r\x1b[K");
    }

    void draw(bool at_once) {
        const auto time = clock_();
        if (!line_.running() || (!at_once && time - drawn_at_ < redraw_time))
            return;
        drawn_at_ = time;
        // One write, so that the terminal never shows an empty line.
        output_.write((drawn_ ? "\r" : "") + line_.live(turn_) + "\x1b[K");
        drawn_ = true;
        ++turn_;
    }

    Output& output_;
    StepLine line_;
    Clock clock_;
    bool drawn_ = false; // the cursor is on the live line
    std::chrono::steady_clock::time_point drawn_at_;
    std::size_t turn_ = 0;
};

} // namespace

std::unique_ptr<progress::Sink> make_bar_sink(Output& output, const Look& look, Width width,
                                              Clock clock) {
    return std::make_unique<BarSink>(output, look, std::move(width), std::move(clock));
}

} // namespace selns::cmd
