#pragma once

#include "selns-build/commands/batch.hpp"
#include "selns-build/progress/sinks.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace selns::cmd {

// Like run_jobs(), with up to COUNT jobs at the same time, each in a process of its own. WORK gets
// what to work with there: a session whose outputs come out here, whole, when the job has ended,
// and how to tell its progress, which is shown as MODE says. When a job fails, or the run is
// interrupted, no other begins unless KEEP_GOING; those that run are waited for.
//
// To be called while this process has no threads.
int run_jobs_together(
    std::vector<Job>& jobs, std::size_t count, bool keep_going, ProgressMode mode, Session& session,
    const std::function<Job::State(Job& job, Session& session, ProgressMode mode)>& work);

} // namespace selns::cmd
