#pragma once

#include "selns-build/progress/sinks.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace selns::cmd {

// Between two drawings of what changes all the time.
inline constexpr std::chrono::milliseconds redraw_time{100};

// How a step looks on a terminal, in one line each: while it runs, and when it has ended.
class StepLine {
  public:
    StepLine(const Look& look, Width width) : look_(look), width_(std::move(width)) {}

    // Of a step that begins, goes on or ends.
    void take(const progress::Event& event);
    bool running() const { return running_; }

    // TITLE stands before it instead of the step's name, which then stands before the text.
    // TURN counts the drawings.
    std::string live(std::size_t turn, const std::string& title = {}, int title_width = 0) const;
    std::string ended(const progress::Event& event) const;
    // Of a note or warning; with its line feeds. TITLE stands before it, when there is one.
    std::string remark(const progress::Event& event, const std::string& title = {}) const;

  private:
    int line_width() const;
    std::string compose(const std::string& mark, const std::string& start, const std::string& text,
                        const std::string& right, const std::string& right_shown) const;
    std::string gauge() const;

    Look look_;
    Width width_;
    bool running_ = false;
    progress::Event now_;    // the running step, with its latest text
    progress::Event amount_; // how far it is
};

} // namespace selns::cmd
