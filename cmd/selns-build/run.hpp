#pragma once

#include <string>
#include <vector>

namespace selns::cmd {

struct Session;

// The whole program: does what the ARGUMENTS (without the program's name) ask for, and returns the
// exit status. Does not throw.
int run_program(const std::vector<std::string>& arguments, Session& session);

} // namespace selns::cmd
