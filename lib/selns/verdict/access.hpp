#pragma once

#include "selns/log/denial.hpp"

#include <compare>
#include <cstdint>
#include <set>
#include <string>

namespace selns::verdict {

using log::ioctl;
constexpr const char* self = "self"; // stands for a target that is the source itself

// What an allow rule is about.
struct Triple {
    std::string source;
    std::string target;
    std::string tclass;
    auto operator<=>(const Triple&) const = default;
};

using Permissions = std::set<std::string>;
using Commands = std::set<std::uint16_t>; // of ioctl, as in ioctlcmd=

} // namespace selns::verdict
