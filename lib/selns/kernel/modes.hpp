#pragma once

#include "selns/kernel/abilities.hpp"

#include <string>
#include <vector>

namespace selns::kernel {

// How an image is launched.
enum class Mode {
    vm,         // as a virtual machine: the kernel is the guest's
    namespaced, // as a container in its own SELinux namespace: the kernel is the host's
};
const char* name_of(Mode mode); // "vm", "namespace"

// What a kernel's abilities mean for one mode.
struct Verdict {
    Mode mode = Mode::vm;
    State works = State::unknown;     // yes, no or unknown
    std::vector<std::string> reasons; // why not, or why it cannot be told
    std::vector<std::string> notes;   // what to mind
};

Verdict verdict_of(Mode mode, const std::vector<Finding>& findings);

} // namespace selns::kernel
