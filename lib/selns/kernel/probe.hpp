#pragma once

#include "selns/kernel/abilities.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::kernel {

// What the running kernel says about itself, without being changed.
struct Running {
    std::string release;                              // uname -r
    std::optional<std::vector<std::string>> security; // its security modules, in their order
    std::vector<std::string> file_systems;            // those that it has now
    std::vector<std::string> namespaces;              // as in /proc/self/ns: "uts"
    std::optional<bool> selinux_namespaces;           // nothing: cannot be told
};

// ROOT is where /proc and /sys are looked for.
Running probe(const std::filesystem::path& root);

// What RUNNING says, in the place of what FINDINGS (one for each ability) do not know, or know
// otherwise: a module that is loaded works as well as what is built in.
void add_probed(const Running& running, std::vector<Finding>& findings);

} // namespace selns::kernel
