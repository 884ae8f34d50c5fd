#pragma once

#include "selns/boot/machine.hpp"
#include "selns/boot/observation.hpp"
#include "selns/process/process.hpp"

#include <chrono>
#include <functional>
#include <set>
#include <string>

namespace selns::boot {

struct RunOptions {
    std::set<std::string> units; // that have to end as well
    // To come to rest, and again to shut down. systemd gives a unit 90 s to stop, what is left then
    // 90 s after SIGTERM and 90 s after SIGKILL (DefaultTimeoutStopSec); the rest is for
    // unmounting.
    std::chrono::seconds limit{300};
    std::chrono::seconds quiet{5}; // without an event, before the machine is stopped
    // Called as things are seen.
    std::function<void(const Observation&)> on_change = {};
};

enum class End {
    stopped,    // as asked, when all was reached and quiet
    by_itself,  // it switched itself off before
    failed,     // see Observation::failure
    crashed,    // QEMU failed before all was reached
    time_limit, // before all was reached
};

struct Run {
    End end = End::by_itself;
    bool clean = false; // it was shut down to the end, by the kernel's own words
    std::string crash;  // why QEMU failed, once the machine had begun; mostly empty
    Observation seen;
    std::chrono::milliseconds elapsed{0};
};

// Runs MACHINE until what it is for was reached and the log is quiet, then stops it as
// ctrl-alt-del does, which every init understands, and waits for its end. An interrupt ends it at
// once. QEMU's own failure is an Error unless the machine had begun.
Run run(const Machine& machine, const RunOptions& options, process::Runner& runner);

// The same with a person at the console, who ends it from inside, or with ctrl-a x.
void run_interactive(const Machine& machine, process::Runner& runner);

// Why RUN, which had LIMIT, did not do all that a boot is for, in one line; empty when it did.
std::string failure_of(const Run& run, std::chrono::seconds limit);

} // namespace selns::boot
