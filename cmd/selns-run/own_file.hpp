#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// Executes this program anew with WORDS as its arguments, from a read-only mount of its file that
// is attached nowhere; returns when it is executed from such a one already. For what becomes a
// process of a container before it executes something: in there, /proc/PID/exe leads to this mount,
// and not to where the host can write to the file.
void execute_read_only(Kernel& kernel, const std::vector<std::string>& words);

} // namespace selns::run
