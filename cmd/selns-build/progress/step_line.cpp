#include "selns-build/progress/step_line.hpp"

#include "selns-build/progress/amount.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <array>

namespace selns::cmd {

namespace {

using progress::Event;
using progress::EventKind;

constexpr int name_width = 10;
constexpr int gauge_width = 12;
// Columns left free at the right end, for the ^C that the terminal echoes there.
constexpr int margin = 3;

const char* spinner_frame(std::size_t turn, const Look& look) {
    constexpr std::array unicode{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    constexpr std::array ascii{"-", "\\", "|", "/"};
    return look.unicode ? unicode.at(turn % unicode.size()) : ascii.at(turn % ascii.size());
}

} // namespace

void StepLine::take(const Event& event) {
    switch (event.kind) {
    case EventKind::started:
        running_ = true;
        now_ = event;
        amount_ = {};
        break;
    case EventKind::detail:
        now_.text = event.text;
        // What was counted is done; this is something else.
        if (amount_.total > 0 && amount_.done >= amount_.total)
            amount_ = {};
        now_.elapsed = event.elapsed;
        break;
    case EventKind::advanced:
        amount_ = event;
        now_.elapsed = event.elapsed;
        break;
    case EventKind::finished:
    case EventKind::failed:
        running_ = false;
        break;
    case EventKind::note:
    case EventKind::warning:
        break;
    }
}

// Where the right-aligned times end.
int StepLine::line_width() const {
    return std::min(width_(), 80) - margin;
}

// MARK, START, TEXT cut to what is left, and RIGHT at the right end.
std::string StepLine::compose(const std::string& mark, const std::string& start,
                              const std::string& text, const std::string& right,
                              const std::string& right_shown) const {
    const int room = line_width() - 2 - columns(start) - columns(right) - 2;
    if (room < 1) // a very narrow window
        return mark + " " + fit(start, line_width() - 2, look_);
    return mark + " " + start + pad(fit(on_screen(text), room, look_), room) + "  " + right_shown;
}

std::string StepLine::live(std::size_t turn, const std::string& title, int title_width) const {
    const std::string elapsed = human_time(now_.elapsed);
    const std::string amount = short_amount_of(amount_);
    const bool roomy = line_width() >= 70 && title.empty();
    std::string right = elapsed;
    std::string shown = paint(look_, Tone::dim, elapsed);
    if (!amount.empty()) {
        right.insert(0, amount + "  ");
        shown.insert(0, amount + "  ");
    }
    if (amount_.total > 0 && roomy) {
        right.insert(0, std::string(gauge_width + 2, ' '));
        shown.insert(0, gauge() + "  ");
    }
    const char* frame = spinner_frame(turn, look_);
    const std::string step = on_screen(now_.step);
    if (title.empty())
        return compose(frame, pad(step, name_width) + " ", now_.text, right, shown);
    return compose(frame, pad(title, title_width) + "  ", step + ": " + now_.text, right, shown);
}

std::string StepLine::gauge() const {
    const double part = static_cast<double>(std::min(amount_.done, amount_.total)) /
                        static_cast<double>(amount_.total);
    const int full = static_cast<int>(part * gauge_width);
    std::string done;
    std::string left;
    for (int i = 0; i < gauge_width; ++i)
        (i < full ? done : left) += !look_.unicode ? (i < full ? "=" : ".") : i < full ? "━" : "─";
    return paint(look_, Tone::green, done) + paint(look_, Tone::dim, left);
}

std::string StepLine::ended(const Event& event) const {
    const bool failed = event.kind == EventKind::failed;
    const std::string mark = failed ? paint(look_, Tone::red, look_.unicode ? "✗" : "x")
                                    : paint(look_, Tone::green, look_.unicode ? "✓" : "*");
    const std::string right = event.cached ? "cached" : human_time(event.elapsed);
    return compose(mark, pad(on_screen(event.step), name_width) + " ",
                   failed && event.text.empty() ? "failed" : event.text, right,
                   paint(look_, Tone::dim, right));
}

std::string StepLine::remark(const Event& event, const std::string& title) const {
    const bool warning = event.kind == EventKind::warning;
    const std::string said = title.empty() ? event.text : title + ": " + event.text;
    std::string text;
    for (const std::string& line : wrap(on_screen(said), line_width() - 2))
        text +=
            (text.empty() && warning ? paint(look_, Tone::yellow, "!") + " " : "  ") + line + "\n";
    return text;
}

} // namespace selns::cmd
