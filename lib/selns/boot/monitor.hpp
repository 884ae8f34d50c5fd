#pragma once

#include "selns/base/file.hpp"

#include <filesystem>
#include <string>

namespace selns::boot {

// QEMU's monitor, behind two pipes with names: unlike a socket's, their path may have any length.
class Monitor {
  public:
    // Makes PATH.in and PATH.out, which QEMU opens.
    explicit Monitor(const std::filesystem::path& path);

    // A machine that is gone by then does not hear it: that is no failure.
    void send(const std::string& command);

  private:
    std::filesystem::path input_;
    Fd fd_;
};

} // namespace selns::boot
