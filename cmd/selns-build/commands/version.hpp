#pragma once

#include <string>

namespace selns::cmd {

// "selns-build 0.1.0", with a line feed.
std::string version_line();

} // namespace selns::cmd
