#pragma once

#include "selns/process/process.hpp"

#include <string>

namespace selns::kernel {

// Stands for all that this host's apt answers from: its package lists, its configuration, and what
// is installed, by their names, sizes and times. Reading the lists themselves takes seconds.
std::string apt_state(process::Runner& runner);

} // namespace selns::kernel
