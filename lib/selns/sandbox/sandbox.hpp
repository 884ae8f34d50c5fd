#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/sandbox/worker.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::sandbox {

// What a worker is given, beside its program.
struct Task {
    std::string request = {};          // bytes, as the worker expects them
    std::vector<int> descriptors = {}; // handed over as copies, known by their place here
    // Called with each line that the worker says.
    std::function<void(const std::string&)> on_line = {};
    // Ends it, as the signals of a SignalInterrupt do in any case.
    const Interrupt* interrupt = nullptr;
};

// A worker at work, in a process of its own that is this program executed anew: nothing of this
// process's memory is in it, and no descriptor but those of the task. It has namespaces of its own
// (user, mount, pid, network, ipc, uts), an empty tmpfs as its only file system, the old root
// unmounted, no capability, a list of the system calls that its Rights need, and limits. As root it
// is nobody on the host (the overflow id); for an ordinary user, whom nothing of the host's is
// reachable for in there, it is that user.
//
// Every failure is an Error: what the worker threw, whole; a crash, a limit, a kernel that refuses
// a part of the protection. Destroying it ends the worker.
class Process {
  public:
    // WORKER must be one that is registered in this program (see Worker).
    Process(const Worker& worker, Task task);
    ~Process();
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;

    // The next piece that the worker emits; nothing when it has returned.
    std::optional<std::string> next();
    // What the worker returned; once next() gave nothing.
    const std::string& result() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Runs WORKER to its end. ON_PIECE gets what it emits; the result is what it returns.
std::string run(const Worker& worker, Task task,
                const std::function<void(std::string_view)>& on_piece = {});

// The user's word about sandboxes that lack a protection which this machine's kernel refuses, as in
// a build container without user namespaces. Set once, by main(), before anything runs: it belongs
// to the process like its umask. Without it such a sandbox is refused.
void accept_weak_sandboxes();

} // namespace selns::sandbox
