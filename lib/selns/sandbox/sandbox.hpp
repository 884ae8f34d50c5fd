#pragma once

#include "selns/base/interrupt.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace selns::sandbox {

struct Options {
    std::uint64_t size = 1U << 30U; // of the root's tmpfs, bytes
    std::chrono::seconds timeout{600};
    // Called in the parent with each line that the child says.
    std::function<void(const std::string&)> on_line = {};
};

// What WORK can tell its parent while it runs.
using Say = std::function<void(const std::string& line)>;

// Runs WORK in a forked child and returns what it returns. The child has namespaces of its own
// (user, mount, pid, network, ipc, uts), an empty tmpfs as its root and current directory, is uid 0
// there, and holds no capability: it can write below its root and reach nothing else. Descriptors
// that the parent has open stay readable, so that WORK can bring content in.
//
// A selns::Error that WORK throws is thrown again here, whole; a crash, a time limit or a kernel
// that refuses the namespaces is an Error too. An interrupt ends the child. Nothing is left behind
// in any case: the tmpfs is never attached to the machine's mounts.
//
// Must be called while the process has one thread: the child is forked and goes on in this code.
std::string run(const Options& options, const Interrupt& interrupt,
                const std::function<std::string(const Say& say)>& work);

} // namespace selns::sandbox
