#pragma once

#include "selns/kernel/config.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::kernel {

enum class State { no, module, yes, unknown };

// Something that a kernel can do or cannot.
struct Ability {
    std::string_view id;   // "virtio-blk"
    std::string_view what; // a few words
    // All of these symbols make it.
    std::vector<std::string_view> symbols;
    // How /proc/filesystems lists it; empty when it is no file system.
    std::string_view file_system = {};
};

// All that are looked at, in the order in which they are shown.
const std::vector<Ability>& abilities();
const Ability& ability(std::string_view id); // of a known id

// What was found out about one.
struct Finding {
    std::string_view id;
    State state = State::unknown;
    std::string detail; // what more there is to say; for `no`, the symbols that are missing
};

// By configuration, for each ability.
std::vector<Finding> findings_of(const Config& config);

// How SELinux comes to be the module that decides, from CONFIG_LSM and its kin.
Finding selinux_default(const Config& config);

State state_of(const std::vector<Finding>& findings, std::string_view id);

} // namespace selns::kernel
