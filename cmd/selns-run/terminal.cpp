#include "selns-run/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>

namespace selns::run {

namespace {

bool stays_ignored(int signal) {
    struct sigaction action {};
    return (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT) &&
           ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

SignalReader::SignalReader(std::initializer_list<int> signals) {
    ::signal(SIGPIPE, SIG_IGN); // whoever reads the output may go before the container
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals)
        if (!stays_ignored(signal))
            sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = Handle(linux_kernel(), ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

SignalReader::~SignalReader() {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<int> SignalReader::take() {
    std::vector<int> result;
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info)
        result.push_back(static_cast<int>(info.ssi_signo));
    return result;
}

void TerminalRelay::start(Handle master, unsigned streams) {
    master_ = std::move(master);
    ::fcntl(master_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    output_ = (streams & 2U) != 0 ? 1 : (streams & 4U) != 0 ? 2 : 0;
    if ((streams & 1U) != 0 && ::isatty(0) == 1) {
        input_open_ = true;
        start_raw();
    }
    resize();
}

void TerminalRelay::start_raw() {
    termios now{};
    if (::tcgetattr(0, &now) != 0)
        return;
    before_ = now;
    ::cfmakeraw(&now);
    ::tcsetattr(0, TCSANOW, &now);
}

void TerminalRelay::stop_raw() {
    if (before_)
        ::tcsetattr(0, TCSANOW, &*before_);
    before_.reset();
}

void TerminalRelay::resize() const {
    winsize size{};
    if (master_ && (::ioctl(0, TIOCGWINSZ, &size) == 0 || ::ioctl(1, TIOCGWINSZ, &size) == 0))
        ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void TerminalRelay::add(std::vector<pollfd>& events) {
    const int reads = unread_.empty() ? POLLIN : 0;
    const int writes = held_.empty() ? 0 : POLLOUT;
    const bool wanted = started() && !paused_ && (reads | writes) != 0;
    events.push_back({wanted ? master_.get() : -1, static_cast<short>(reads | writes), 0});
    events.push_back({input_open_ && held_.empty() ? 0 : -1, POLLIN, 0});
    events.push_back({unread_.empty() ? -1 : output_, POLLOUT, 0});
}

void TerminalRelay::step(const std::vector<pollfd>& events, std::size_t first) {
    if (events[first + 2].revents != 0)
        write_output();
    if (events[first].revents != 0 || (started() && paused_)) {
        write_input();
        paused_ = (events[first].revents & POLLHUP) != 0;
        if (unread_.empty()) {
            const long got = read_output();
            paused_ = got <= 0 && got != -EAGAIN && got != -EINTR;
        }
    }
    if (events[first + 1].revents != 0)
        read_input();
}

// As read(2); not a piece more before the last one is written.
long TerminalRelay::read_output() {
    unread_.resize(4096);
    const long got = linux_kernel().read(master_.get(), unread_.data(), unread_.size());
    unread_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    write_output();
    return got;
}

// Non-blocking writes would be so for all that have the output open. Less than there is room for,
// as soon as there is any, does not block either: a page of a pipe, 256 characters of a terminal,
// which makes two of a newline.
void TerminalRelay::write_output() {
    const std::size_t most = ::isatty(output_) == 1 ? 128 : PIPE_BUF;
    pollfd ready{output_, POLLOUT, 0};
    while (!unread_.empty() && ::poll(&ready, 1, 0) > 0) {
        const long written =
            linux_kernel().write(output_, unread_.data(), std::min(unread_.size(), most));
        if (written == 0 || written == -EAGAIN || written == -EINTR)
            return;
        // An error: whoever read it has gone.
        unread_.erase(0, written < 0 ? std::string::npos : static_cast<std::size_t>(written));
    }
}

void TerminalRelay::read_input() {
    std::array<char, 1024> piece{};
    const ssize_t got = ::read(0, piece.data(), piece.size());
    if (got <= 0) {
        input_open_ = false;
        return;
    }
    for (const char c : std::string_view(piece.data(), static_cast<std::size_t>(got)))
        escapes_ = c == '\x1d' ? escapes_ + 1 : escaped() ? escapes_ : 0;
    held_.assign(piece.data(), static_cast<std::size_t>(got));
    write_input();
}

void TerminalRelay::write_input() {
    const ssize_t written = held_.empty() ? 0 : ::write(master_.get(), held_.data(), held_.size());
    if (written > 0)
        held_.erase(0, static_cast<std::size_t>(written));
}

void TerminalRelay::finish(SignalReader& signals, int patience) {
    const auto asked_to_end = [&] {
        return std::ranges::any_of(signals.take(), [](int signal) { return signal != SIGWINCH; });
    };
    // More than a terminal holds; what goes on in there may say more without end.
    long left = 64L << 10U;
    while (started()) {
        if (unread_.empty()) {
            const long got = left > 0 ? read_output() : 0;
            if (got <= 0)
                break;
            left -= got;
            continue;
        }
        pollfd events[] = {{output_, POLLOUT, 0}, {signals.fd(), POLLIN, 0}};
        const int ready = ::poll(events, 2, patience);
        if (events[0].revents == 0 && (ready == 0 || asked_to_end()))
            break;
        write_output();
    }
    stop_raw();
    master_.reset();
}

} // namespace selns::run
