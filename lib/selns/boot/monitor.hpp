#pragma once

#include "selns/base/file.hpp"

#include <filesystem>
#include <string>

namespace selns::boot {

// QEMU's monitor, at a socket that QEMU makes.
class Monitor {
  public:
    explicit Monitor(std::filesystem::path socket) : socket_(std::move(socket)) {}

    // Connects when that was not done yet. A machine that is gone by then does not hear it: that
    // is no failure.
    void send(const std::string& command);

  private:
    std::filesystem::path socket_;
    Fd fd_;
};

} // namespace selns::boot
