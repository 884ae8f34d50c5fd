#include "forked.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>

namespace selns::test {

Forked::Forked(const std::function<int()>& body) : pid_(::fork()) {
    if (pid_ != 0)
        return;
    int status = 99;
    try {
        status = body();
    } catch (const std::exception&) { // told by the exit status
    }
    ::_exit(status);
}

Forked::~Forked() {
    if (pid_ > 0) {
        kill();
        wait();
    }
}

void Forked::kill() {
    ::kill(pid_, SIGKILL);
}

int Forked::wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
        if (condition())
            return true;
        ::usleep(5000);
    }
    return false;
}

} // namespace selns::test
