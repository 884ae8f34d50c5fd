#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::log {

// The number of the ioctl command NAME, as the kernel's headers and `ausearch -i` name it, on most
// machines: its lower 16 bits (type and number), which is what a policy knows of it. "TCGETS" is
// 0x5401. Nothing for names that are not in the table.
std::optional<std::uint16_t> ioctl_command(std::string_view name);

} // namespace selns::log
