#pragma once

#include "selns-run/kernel.hpp"

#include <poll.h>
#include <termios.h>

#include <initializer_list>
#include <optional>

namespace selns::run {

// Signals as something to be polled for, blocked as long as the object lives. SIGPIPE is ignored,
// and so is what the caller ignores of SIGHUP, SIGINT and SIGQUIT (nohup, jobs in the background).
class SignalReader {
  public:
    SignalReader(std::initializer_list<int> signals);
    ~SignalReader();
    SignalReader(const SignalReader&) = delete;
    SignalReader& operator=(const SignalReader&) = delete;

    int fd() const { return fd_.get(); }
    std::vector<int> take();

  private:
    Handle fd_;
};

// Carries this process's terminal to and from a container's, by the latter's master. Never blocks
// on the container, nor on whoever reads the output, until finish().
class TerminalRelay {
  public:
    TerminalRelay() = default;
    ~TerminalRelay() { stop_raw(); }
    TerminalRelay(const TerminalRelay&) = delete;
    TerminalRelay& operator=(const TerminalRelay&) = delete;

    // STREAMS: which of the standard streams are the container's terminal, one bit each. Standard
    // input is read if it is a terminal here, which then hands every key on.
    void start(Handle master, unsigned streams);
    bool started() const { return static_cast<bool>(master_); }
    void add(std::vector<pollfd>& events);
    int timeout() const { return paused_ ? 100 : -1; }
    // EVENTS as polled; what add() added begins at FIRST.
    void step(const std::vector<pollfd>& events, std::size_t first);
    void resize() const;
    // Writes what is left of the output and gives the terminal back. A reader gets no more when it
    // takes nothing for PATIENCE milliseconds, or until one of SIGNALS comes.
    void finish(SignalReader& signals, int patience);
    // ctrl-] was pressed three times.
    bool escaped() const { return escapes_ >= 3; }

  private:
    long read_output();
    void write_output();
    void read_input();
    void write_input();
    void start_raw();
    void stop_raw();

    Handle master_;
    int output_ = 1;
    bool input_open_ = false;
    bool paused_ = false; // nobody has the terminal open in there
    int escapes_ = 0;
    std::string held_;   // input that the container has not taken
    std::string unread_; // output that nobody has taken
    std::optional<termios> before_;
};

} // namespace selns::run
