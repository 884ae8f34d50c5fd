#pragma once

#include "selns-build/commands/subcommand.hpp"

#include <string>
#include <vector>

namespace selns::cmd {

// What the arguments (without the program's name) ask for. A wrong command line is a usage Error
// that says what would be right.
Command parse_command_line(const std::vector<std::string>& arguments);

} // namespace selns::cmd
