#include "selns-run/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
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
    ::tcsetattr(0, TCSADRAIN, &now);
}

void TerminalRelay::stop_raw() {
    if (before_)
        ::tcsetattr(0, TCSADRAIN, &*before_);
    before_.reset();
}

void TerminalRelay::resize() const {
    winsize size{};
    if (master_ && (::ioctl(0, TIOCGWINSZ, &size) == 0 || ::ioctl(1, TIOCGWINSZ, &size) == 0))
        ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void TerminalRelay::add(std::vector<pollfd>& events) {
    const bool alive = started() && !paused_;
    const auto wanted = static_cast<short>(held_.empty() ? POLLIN : POLLIN | POLLOUT);
    events.push_back({alive ? master_.get() : -1, wanted, 0});
    events.push_back({input_open_ && held_.empty() ? 0 : -1, POLLIN, 0});
}

void TerminalRelay::step(const std::vector<pollfd>& events, std::size_t first) {
    if (events[first].revents != 0 || (started() && paused_)) {
        write_input();
        paused_ = !copy_output();
    }
    if (events[first + 1].revents != 0)
        read_input();
}

// False when nobody has the terminal open.
bool TerminalRelay::copy_output() {
    std::array<char, 4096> piece{};
    const ssize_t got = ::read(master_.get(), piece.data(), piece.size());
    for (ssize_t at = 0; at < got;) {
        const ssize_t written =
            ::write(output_, piece.data() + at, static_cast<std::size_t>(got - at));
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            break; // whoever read it has gone
        at += written > 0 ? written : 0;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
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

void TerminalRelay::finish() {
    if (started()) {
        std::vector<pollfd> left{{master_.get(), POLLIN, 0}};
        while (::poll(left.data(), 1, 0) > 0 && (left[0].revents & POLLIN) != 0 && copy_output()) {
        }
    }
    stop_raw();
    master_.reset();
}

} // namespace selns::run
