#pragma once

#include <cstdint>
#include <optional>

namespace selns {

class Interrupt;
namespace process {
class Runner;
}
namespace cache {
class Store;
}
namespace progress {
class Sink;
}

// What a build of a kernel or an image works with; one of each for a run of the program.
struct Context {
    process::Runner& runner;
    const Interrupt& interrupt;
    const cache::Store& cache;
    progress::Sink& sink;
    std::optional<std::int64_t> epoch; // SOURCE_DATE_EPOCH
    bool offline = false;              // build from what is there
};

} // namespace selns
