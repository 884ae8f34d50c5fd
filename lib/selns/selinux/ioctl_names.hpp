#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::selinux {

// The ioctl command NAME ("TIOCSTI") as a policy knows it, as Linux numbers it on most machines;
// nothing when it is not known.
std::optional<std::uint16_t> ioctl_command(std::string_view name);

} // namespace selns::selinux
