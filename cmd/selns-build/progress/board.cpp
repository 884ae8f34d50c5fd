#include "selns-build/progress/board.hpp"

#include <algorithm>
#include <utility>

namespace selns::cmd {

namespace {

using progress::Event;
using progress::EventKind;

} // namespace

void Board::begin(const std::string& name) {
    rows_.push_back({name, StepLine(look_, width_)});
}

void Board::on(const std::string& name, const Event& event) {
    const auto row = std::ranges::find(rows_, name, &Row::name);
    if (row == rows_.end())
        return;
    row->line.take(event);
    if (event.kind == EventKind::note || event.kind == EventKind::warning)
        print(output_, row->line.remark(event, name));
    draw(event.kind == EventKind::started);
}

void Board::end(const std::string& name) {
    clear();
    std::erase_if(rows_, [&](const Row& row) { return row.name == name; });
    draw(true);
}

void Board::print(Output& place, std::string_view text) {
    clear();
    place.write(text);
    draw(true);
}

void Board::clear() {
    if (drawn_ == 0)
        return;
    std::string text = "\r";
    for (std::size_t row = 1; row < drawn_; ++row)
        text += "\x1b[A";
    output_.write(text + "\x1b[J");
    drawn_ = 0;
}

void Board::draw(bool at_once) {
    const auto time = clock_();
    if (!at_once && time - drawn_at_ < redraw_time)
        return;
    drawn_at_ = time;
    int width = 0;
    for (const Row& row : rows_)
        width = std::max(width, columns(on_screen(row.name)));
    // One write, so that the terminal never shows less.
    std::string text = drawn_ > 0 ? "\r" : "";
    for (std::size_t row = 1; row < drawn_; ++row)
        text += "\x1b[A";
    std::size_t drawn = 0;
    for (const Row& row : rows_)
        if (row.line.running()) {
            text += (drawn++ > 0 ? "\n" : "") +
                    row.line.live(turn_, on_screen(row.name), std::min(width, 24)) + "\x1b[K";
        }
    output_.write(text + "\x1b[J");
    drawn_ = drawn;
    ++turn_;
}

} // namespace selns::cmd
