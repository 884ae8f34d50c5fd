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
    std::set<std::string> units;     // that have to end as well
    std::chrono::seconds limit{300}; // for all of it
    std::chrono::seconds quiet{5};   // without an event, before the machine is stopped
    // Called as things are seen.
    std::function<void(const Observation&)> on_change = {};
};

enum class End {
    stopped,    // as asked, when all was reached and quiet
    by_itself,  // it switched itself off before
    failed,     // see Observation::failure
    time_limit, // before all was reached
};

struct Run {
    End end = End::by_itself;
    bool clean = false; // it was shut down to the end: its file systems are unmounted
    Observation seen;
    std::chrono::milliseconds elapsed{0};
};

// Runs MACHINE until what it is for was reached and the log is quiet, then stops it as
// ctrl-alt-del does, which every init understands. An interrupt ends it at once.
Run run(const Machine& machine, const RunOptions& options, process::Runner& runner);

// The same with a person at the console, who ends it from inside, or with ctrl-a x.
void run_interactive(const Machine& machine, process::Runner& runner);

// Why RUN, which had LIMIT, did not do all that a boot is for, in one line; empty when it did.
std::string failure_of(const Run& run, std::chrono::seconds limit);

} // namespace selns::boot
