#include "selns/base/interrupt.hpp"

#include "selns/base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace selns {

namespace {

// A signal handler can only reach globals; SignalInterrupt is their one owner.
std::atomic<bool> signalled{false};
std::array<int, 2> wake_pipe{-1, -1};

extern "C" void on_signal(int number) {
    const int saved = errno;
    if (signalled.exchange(true) && number == SIGINT)
        ::_exit(130);
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], &byte, 1);
    errno = saved;
}

void set_handlers(void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        ::sigaction(number, &action, nullptr);
}

} // namespace

void Interrupt::check() const {
    if (raised())
        throw Error(ErrorKind::interrupted, "interrupted");
}

void interruption_point() {
    if (signalled.load(std::memory_order_relaxed))
        throw Error(ErrorKind::interrupted, "interrupted");
}

SignalInterrupt::SignalInterrupt() {
    if (::pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw system_error("cannot make a pipe", errno);
    set_handlers(on_signal);
    // A reader that goes away must show as EPIPE, not kill the program half-way.
    ::signal(SIGPIPE, SIG_IGN);
}

SignalInterrupt::~SignalInterrupt() {
    set_handlers(SIG_DFL);
    for (int& fd : wake_pipe) {
        ::close(fd);
        fd = -1;
    }
    signalled = false;
}

int SignalInterrupt::fd() const {
    return wake_pipe[0];
}
bool SignalInterrupt::raised() const {
    return signalled;
}

} // namespace selns
