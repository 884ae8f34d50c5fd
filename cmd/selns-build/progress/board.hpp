#pragma once

#include "selns-build/progress/step_line.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace selns::cmd {

// What several builds are doing at the same time, on a terminal: a line for each, redrawn at most
// ten times a second, below what they printed.
class Board {
  public:
    Board(Output& output, const Look& look, Width width, Clock clock)
        : output_(output), look_(look), width_(std::move(width)), clock_(std::move(clock)) {}
    ~Board() { clear(); }
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    // NAME is one that was not begun, or has ended.
    void begin(const std::string& name);
    // Of a build that runs.
    void on(const std::string& name, const progress::Event& event);
    void end(const std::string& name);
    // Makes room for TEXT, which goes to PLACE: this terminal, too, or another file.
    void print(Output& place, std::string_view text);

  private:
    struct Row {
        std::string name;
        StepLine line;
    };
    void clear();
    void draw(bool at_once);

    Output& output_;
    Look look_;
    Width width_;
    Clock clock_;
    std::vector<Row> rows_;
    std::size_t drawn_ = 0; // rows on the terminal; the cursor is at the end of the last one
    std::chrono::steady_clock::time_point drawn_at_;
    std::size_t turn_ = 0;
};

} // namespace selns::cmd
