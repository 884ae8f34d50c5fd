#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <optional>

namespace selns::kernel {

// What a build of a kernel or an image works with; one of each for a run of the program.
struct Context {
    process::Runner& runner;
    const Interrupt& interrupt;
    const cache::Store& cache;
    progress::Sink& sink;
    std::optional<std::int64_t> epoch; // SOURCE_DATE_EPOCH
};

} // namespace selns::kernel
