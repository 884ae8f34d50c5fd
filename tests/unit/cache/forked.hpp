#pragma once

#include <sys/types.h>

#include <functional>

namespace selns::test {

// A child process that runs BODY and ends with its result as exit status; killed with the object.
class Forked {
  public:
    explicit Forked(const std::function<int()>& body);
    ~Forked();
    Forked(const Forked&) = delete;
    Forked& operator=(const Forked&) = delete;

    void kill();
    // The exit status, or 128 + the signal's number.
    int wait();

  private:
    pid_t pid_ = -1;
};

// Looks every few milliseconds until CONDITION holds; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

} // namespace selns::test
