#pragma once

#include "selns-run/signals.hpp"

namespace selns::run {

// Lines on their way into a file whose reader may be slow or stand still. It is never waited for,
// until finish().
class LineWriter {
  public:
    // Bytes of lines that nobody has taken. What is more is lost, which the next line that has room
    // is preceded by.
    static constexpr std::size_t most = std::size_t{1} << 20U;

    // Nobody else may have FILE's description, which becomes non-blocking.
    explicit LineWriter(Handle file);
    void add(const std::string& line); // with its newline
    // COUNT more, of which nothing else is known.
    void lose(std::uint64_t count);
    std::uint64_t lost() const { return lost_; } // in all

    // Writes what is taken now.
    void write();
    // To be polled for POLLOUT, or -1.
    int wanted() const { return full_ ? file_.get() : -1; }
    // Waits until all is written, the reader takes nothing for PATIENCE milliseconds, or one of
    // SIGNALS comes.
    void finish(SignalReader& signals, int patience);

  private:
    std::string loss() const; // the line about what is lost and not said yet
    Handle file_;
    std::string lines_;
    bool full_ = false; // the file takes no more now
    std::uint64_t lost_ = 0;
    std::uint64_t unsaid_ = 0;
};

} // namespace selns::run
