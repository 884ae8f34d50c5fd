#pragma once

#include "selns-run/kernel.hpp"

#include <initializer_list>
#include <vector>

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

} // namespace selns::run
