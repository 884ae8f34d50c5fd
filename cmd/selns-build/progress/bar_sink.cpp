#include "selns-build/progress/amount.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace selns::cmd {

namespace {

using namespace std::chrono_literals;
using progress::Event;
using progress::EventKind;

constexpr auto redraw_time = 100ms;
constexpr int name_width = 10;
constexpr int gauge_width = 12;
// Columns left free at the right end, for the ^C that the terminal echoes there.
constexpr int margin = 3;

const char* spinner_frame(std::size_t turn, const Look& look) {
    constexpr std::array unicode{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    constexpr std::array ascii{"-", "\\", "|", "/"};
    return look.unicode ? unicode.at(turn % unicode.size()) : ascii.at(turn % ascii.size());
}

class BarSink final : public progress::Sink {
  public:
    BarSink(Output& output, const Look& look, Width width, Clock clock)
        : output_(output), look_(look), width_(std::move(width)), clock_(std::move(clock)) {}
    ~BarSink() override { clear(); }
    BarSink(const BarSink&) = delete;
    BarSink& operator=(const BarSink&) = delete;

    void on(const Event& event) override {
        switch (event.kind) {
        case EventKind::started:
            running_ = true;
            now_ = event;
            amount_ = {};
            draw(true);
            break;
        case EventKind::detail:
            now_.text = event.text;
            // What was counted is done; this is something else.
            if (amount_.total > 0 && amount_.done >= amount_.total)
                amount_ = {};
            now_.elapsed = event.elapsed;
            draw(false);
            break;
        case EventKind::advanced:
            amount_ = event;
            now_.elapsed = event.elapsed;
            draw(false);
            break;
        case EventKind::finished:
        case EventKind::failed:
            running_ = false;
            clear();
            output_.write(ended_line(event) + "\n");
            break;
        case EventKind::note:
        case EventKind::warning:
            clear();
            output_.write(remark(event));
            draw(true);
            break;
        }
    }

  private:
    // Where the right-aligned times end.
    int line_width() const { return std::min(width_(), 80) - margin; }

    void clear() {
        if (std::exchange(drawn_, false))
            output_.write("\r\x1b[K");
    }

    void draw(bool at_once) {
        const auto time = clock_();
        if (!running_ || (!at_once && time - drawn_at_ < redraw_time))
            return;
        drawn_at_ = time;
        // One write, so that the terminal never shows an empty line.
        output_.write((drawn_ ? "\r" : "") + live_line() + "\x1b[K");
        drawn_ = true;
        ++turn_;
    }

    // MARK, name, TEXT cut to what is left, and RIGHT at the right end.
    std::string compose(const std::string& mark, const std::string& name, const std::string& text,
                        const std::string& right, const std::string& right_shown) const {
        const std::string start = pad(on_screen(name), name_width) + " ";
        const int room = line_width() - 2 - columns(start) - columns(right) - 2;
        if (room < 1) // a very narrow window
            return mark + " " + fit(start, line_width() - 2, look_);
        return mark + " " + start + pad(fit(on_screen(text), room, look_), room) + "  " +
               right_shown;
    }

    std::string live_line() const {
        const std::string elapsed = human_time(now_.elapsed);
        const std::string amount = short_amount_of(amount_);
        const bool roomy = line_width() >= 70;
        const bool known = amount_.total > 0;
        std::string right = elapsed;
        std::string shown = paint(look_, Tone::dim, elapsed);
        if (!amount.empty()) {
            right.insert(0, amount + "  ");
            shown.insert(0, amount + "  ");
        }
        if (known && roomy) {
            right.insert(0, std::string(gauge_width + 2, ' '));
            shown.insert(0, gauge() + "  ");
        }
        return compose(spinner_frame(turn_, look_), now_.step, now_.text, right, shown);
    }

    std::string gauge() const {
        const double part = static_cast<double>(std::min(amount_.done, amount_.total)) /
                            static_cast<double>(amount_.total);
        const int full = static_cast<int>(part * gauge_width);
        std::string done;
        std::string left;
        for (int i = 0; i < gauge_width; ++i)
            (i < full ? done : left) += !look_.unicode ? (i < full ? "=" : ".")
                                        : i < full     ? "━"
                                                       : "─";
        return paint(look_, Tone::green, done) + paint(look_, Tone::dim, left);
    }

    std::string ended_line(const Event& event) const {
        const bool failed = event.kind == EventKind::failed;
        const std::string mark = failed ? paint(look_, Tone::red, look_.unicode ? "✗" : "x")
                                        : paint(look_, Tone::green, look_.unicode ? "✓" : "*");
        const std::string right = event.cached ? "cached" : human_time(event.elapsed);
        return compose(mark, event.step, failed ? "failed" : event.text, right,
                       paint(look_, Tone::dim, right));
    }

    std::string remark(const Event& event) const {
        const bool warning = event.kind == EventKind::warning;
        std::string text;
        for (const std::string& line : wrap(on_screen(event.text), line_width() - 2))
            text += (text.empty() && warning ? paint(look_, Tone::yellow, "!") + " " : "  ") +
                    line + "\n";
        return text;
    }

    Output& output_;
    Look look_;
    Width width_;
    Clock clock_;
    bool running_ = false;
    bool drawn_ = false; // the cursor is on the live line
    std::chrono::steady_clock::time_point drawn_at_;
    std::size_t turn_ = 0;
    Event now_;    // the running step, with its latest text
    Event amount_; // how far it is
};

} // namespace

std::unique_ptr<progress::Sink> make_bar_sink(Output& output, const Look& look, Width width,
                                              Clock clock) {
    return std::make_unique<BarSink>(output, look, std::move(width), std::move(clock));
}

} // namespace selns::cmd
