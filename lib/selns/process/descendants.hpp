#pragma once

#include "selns/base/file.hpp"

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace selns::process {

// All that descends from a process at a moment: when it ends they are orphans that nothing leads
// to.
class Descendants {
  public:
    explicit Descendants(pid_t pid); // of PID, which is none of them
    // Waits until all have ended, or until DEADLINE.
    void wait(std::chrono::steady_clock::time_point deadline) const;
    void kill() const;

  private:
    std::vector<Fd> processes_; // pidfds
};

// Kills PID, a child of this process, and all that descends from it, in whatever process group,
// session or namespace. Does not wait for their ends.
void kill_with_descendants(pid_t pid);

} // namespace selns::process
