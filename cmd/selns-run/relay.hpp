#pragma once

#include "selns-run/signals.hpp"
#include "selns-run/streams.hpp"

#include <poll.h>
#include <termios.h>

#include <optional>

namespace selns::run {

// Carries this process's standard streams to and from a command's. Never blocks on the container,
// nor on whoever reads the output, until finish().
class StreamRelay {
  public:
    StreamRelay() = default;
    ~StreamRelay() { stop_raw(); }
    StreamRelay(const StreamRelay&) = delete;
    StreamRelay& operator=(const StreamRelay&) = delete;

    // TERMINALS: which streams are the container's terminal, a bit each. Standard input is read for
    // that if it is a terminal here, which then hands every key on.
    void start(OuterStreams streams, unsigned terminals);
    void add(std::vector<pollfd>& events);
    int timeout() const;
    // EVENTS as polled; what add() added begins at FIRST.
    void step(const std::vector<pollfd>& events, std::size_t first);
    void resize() const;
    // Writes what is left of the output and gives the terminal back. A reader gets no more when it
    // takes nothing for PATIENCE milliseconds, or until one of SIGNALS comes.
    void finish(SignalReader& signals, int patience);
    // Throws when output was lost because it could not be written here, unless its reader has gone.
    void check() const;
    // ctrl-] was pressed three times.
    bool escaped() const { return escapes_ >= 3; }

  private:
    // From the container to a standard stream here.
    struct Output {
        Handle pipe = {}; // none: from the terminal
        int to = 1;
        bool ended = false;
        bool paused = false;   // nobody has the terminal open in there
        std::string held = {}; // what nobody has taken
    };
    // From standard input to the container.
    struct Input {
        Handle pipe; // none: to the terminal
        bool ended = false;
        std::string held; // what the container has not taken
    };

    int from(const Output& output) const { return output.pipe ? output.pipe.get() : master_.get(); }
    int to(const Input& input) const { return input.pipe ? input.pipe.get() : master_.get(); }
    void step_output(Output& output, short readable, bool writable);
    void step_input(bool readable, short writable);
    long read_output(Output& output);
    void write_output(Output& output);
    bool is_paused() const;
    void finish_output(Output& output, SignalReader& signals, int patience);
    void read_input();
    void write_input();
    void start_raw();
    void stop_raw();

    Handle master_;
    Input input_;
    std::vector<Output> outputs_;
    int escapes_ = 0;
    long write_error_ = 0;
    std::optional<termios> before_;
};

} // namespace selns::run
