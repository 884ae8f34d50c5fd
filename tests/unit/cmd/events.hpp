#pragma once

#include "selns/progress/progress.hpp"

#include <chrono>

namespace selns::test {

// A clock that a test sets.
struct FakeClock {
    std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
    void pass(std::chrono::milliseconds time) { now += time; }
};

// What a build might report, from a bootstrap to a failed step, with hostile names in it. Moves
// CLOCK along.
void play_build(progress::Sink& sink, FakeClock& clock);

} // namespace selns::test
