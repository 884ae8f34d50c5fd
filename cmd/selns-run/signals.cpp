#include "selns-run/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

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

} // namespace selns::run
