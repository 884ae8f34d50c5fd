#pragma once

#include "selns/kernel/modes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::kernel {

// What a kernel can do.
struct Examination {
    std::string what;    // the file, bundle or "the running kernel"
    std::string release; // as uname -r says; may be empty
    std::string origin;  // what it was found out from
    std::vector<Finding> findings;
    std::vector<Verdict> verdicts; // one for each mode
};

// Looks at a configuration (plain or compressed), a kernel image with an embedded one, or a
// bundle. An image without one, and what is neither, is an invalid_input Error.
Examination examine(const std::filesystem::path& what);

// Looks at the kernel that runs: its configuration where that can be found, and what it says about
// itself. ROOT is where its files are looked for ("/"); tests have another.
Examination examine_running(const std::filesystem::path& root = "/");

// The findings, and what they mean for each mode.
Examination examination_of(const Config& config);

} // namespace selns::kernel
