#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::log {

// The number of an ioctl command by the name that the kernel's headers and `ausearch -i` give it,
// its lower 16 bits: "TCGETS" is 0x5401. Nothing for names that are not in the table.
std::optional<std::uint16_t> ioctl_command(std::string_view name);

} // namespace selns::log
