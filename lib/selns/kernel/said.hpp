#pragma once

#include <string>
#include <string_view>

namespace selns::kernel {

// What a program said, for a hint: its lines, safe to print, without blank ends.
std::string said(std::string_view text);

} // namespace selns::kernel
