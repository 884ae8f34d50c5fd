#include "selns-run/relay.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

namespace selns::run {

namespace {

constexpr std::size_t piece_size = std::size_t{16} << 10U;

// Only this process has the container's other ends.
void make_nonblocking(const Handle& end) {
    if (end)
        ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK);
}

bool says_later(long result) {
    return result == -EAGAIN || result == -EINTR;
}

} // namespace

void StreamRelay::start(OuterStreams streams, unsigned terminals) {
    for (const Handle& pipe : streams.pipes)
        make_nonblocking(pipe);
    make_nonblocking(streams.master);
    if (terminals != 0)
        master_ = std::move(streams.master);
    for (const int to : {1, 2}) {
        Handle& pipe = streams.pipes.at(static_cast<std::size_t>(to));
        if (pipe)
            outputs_.push_back({std::move(pipe), to});
    }
    if (master_)
        outputs_.push_back({{}, is_terminal(terminals, 1) ? 1 : is_terminal(terminals, 2) ? 2 : 0});
    input_.pipe = std::move(streams.pipes[0]);
    // A container's init has a terminal as its standard input whatever there is here.
    input_.ended = !input_.pipe && (!is_terminal(terminals, 0) || ::isatty(0) != 1);
    if (!input_.pipe && !input_.ended)
        start_raw();
    resize();
}

void StreamRelay::start_raw() {
    termios now{};
    if (::tcgetattr(0, &now) != 0)
        return;
    before_ = now;
    ::cfmakeraw(&now);
    ::tcsetattr(0, TCSANOW, &now);
}

void StreamRelay::stop_raw() {
    if (before_)
        ::tcsetattr(0, TCSANOW, &*before_);
    before_.reset();
}

void StreamRelay::resize() const {
    winsize size{};
    if (master_ && (::ioctl(0, TIOCGWINSZ, &size) == 0 || ::ioctl(1, TIOCGWINSZ, &size) == 0))
        ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

bool StreamRelay::is_paused() const {
    return std::ranges::any_of(outputs_, &Output::paused);
}

int StreamRelay::timeout() const {
    return is_paused() ? 100 : -1;
}

void StreamRelay::check() const {
    if (write_error_ != 0)
        throw failure("write what the command said", write_error_);
}

// Two for standard input, two for each output.
void StreamRelay::add(std::vector<pollfd>& events) {
    const bool full = !input_.held.empty();
    events.push_back({input_.ended || full ? -1 : 0, POLLIN, 0});
    // That nobody reads a pipe any more is told without being asked for.
    // A terminal that nobody has open says so again and again.
    const bool watched = input_.pipe ? full || !input_.ended : full && !is_paused();
    events.push_back({watched ? to(input_) : -1, static_cast<short>(full ? POLLOUT : 0), 0});
    for (const Output& output : outputs_) {
        const bool wanted = !output.ended && !output.paused && output.held.empty();
        events.push_back({wanted ? from(output) : -1, POLLIN, 0});
        events.push_back({output.held.empty() ? -1 : output.to, POLLOUT, 0});
    }
}

void StreamRelay::step(const std::vector<pollfd>& events, std::size_t first) {
    if (first + 2 + 2 * outputs_.size() > events.size())
        return; // it was started after they were polled
    step_input(events[first].revents != 0, events[first + 1].revents);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
        step_output(outputs_[i], events[first + 2 + 2 * i].revents,
                    events[first + 3 + 2 * i].revents != 0);
}

void StreamRelay::step_output(Output& output, short readable, bool writable) {
    if (writable)
        write_output(output);
    if (output.ended || !output.held.empty() || (readable == 0 && !output.paused))
        return;
    const long got = read_output(output);
    const bool nothing = got <= 0 && !says_later(got);
    if (output.pipe && nothing)
        output.ended = true;
    output.paused = !output.pipe && nothing;
}

// As read(2); not a piece more before the last one is written.
long StreamRelay::read_output(Output& output) {
    output.held.resize(piece_size);
    const long got = linux_kernel().read(from(output), output.held.data(), output.held.size());
    output.held.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    write_output(output);
    return got;
}

// Non-blocking writes would be so for all that have the output open. Less than there is room for,
// as soon as there is any, does not block either: a page of a pipe, 256 characters of a terminal,
// which makes two of a newline.
void StreamRelay::write_output(Output& output) {
    const std::size_t most = ::isatty(output.to) == 1 ? 128 : PIPE_BUF;
    pollfd ready{output.to, POLLOUT, 0};
    std::size_t written = 0;
    while (written < output.held.size() && ::poll(&ready, 1, 0) > 0) {
        const long done = linux_kernel().write(output.to, output.held.data() + written,
                                               std::min(output.held.size() - written, most));
        if (done == 0 || says_later(done))
            break;
        if (done < 0) {
            // Whoever read it has gone, mostly, and whoever writes to a pipe is to know.
            if (write_error_ == 0 && done != -EPIPE)
                write_error_ = done;
            written = output.held.size();
            output.ended = static_cast<bool>(output.pipe);
            if (output.ended)
                output.pipe.reset();
            break;
        }
        written += static_cast<std::size_t>(done);
    }
    output.held.erase(0, written);
}

void StreamRelay::step_input(bool readable, short writable) {
    if (readable && input_.held.empty())
        read_input();
    if (input_.pipe && (writable & POLLERR) != 0) {
        input_.held.clear();
        input_.ended = true;
        input_.pipe.reset();
    } else if (writable != 0 || is_paused()) {
        write_input();
    }
}

void StreamRelay::read_input() {
    std::array<char, 4096> piece{};
    const long got = linux_kernel().read(0, piece.data(), piece.size());
    if (says_later(got))
        return;
    if (got <= 0) {
        input_.ended = true;
        input_.pipe.reset();
        return;
    }
    input_.held.assign(piece.data(), static_cast<std::size_t>(got));
    if (!input_.pipe)
        for (const char c : input_.held)
            escapes_ = c == '\x1d' ? escapes_ + 1 : escaped() ? escapes_ : 0;
    write_input();
}

void StreamRelay::write_input() {
    if (input_.held.empty())
        return;
    const long written = linux_kernel().write(to(input_), input_.held.data(), input_.held.size());
    if (written > 0)
        input_.held.erase(0, static_cast<std::size_t>(written));
}

void StreamRelay::finish(SignalReader& signals, int patience) {
    for (Output& output : outputs_)
        finish_output(output, signals, patience);
    stop_raw();
    outputs_.clear();
    input_ = {};
    input_.ended = true;
    master_.reset();
}

void StreamRelay::finish_output(Output& output, SignalReader& signals, int patience) {
    const auto asked_to_end = [&] {
        return std::ranges::any_of(signals.take(), [](int signal) { return signal != SIGWINCH; });
    };
    // More than a terminal or a pipe holds; what goes on in there may say more without end.
    long left = output.pipe ? 1L << 20U : 64L << 10U;
    for (;;) {
        if (output.held.empty()) {
            const long got = left > 0 && !output.ended ? read_output(output) : 0;
            if (got <= 0)
                return;
            left -= got;
            continue;
        }
        pollfd events[] = {{output.to, POLLOUT, 0}, {signals.fd(), POLLIN, 0}};
        const int ready = ::poll(events, 2, patience);
        if (events[0].revents == 0 && (ready == 0 || asked_to_end()))
            return;
        write_output(output);
    }
}

} // namespace selns::run
