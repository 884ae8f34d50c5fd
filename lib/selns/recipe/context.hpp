#pragma once

#include <string>
#include <string_view>

namespace selns::recipe {

// What is wrong with the form of a security context USER:ROLE:TYPE[:RANGE]; empty when nothing is.
// Whether a policy defines it is for those who have one.
std::string context_problem(std::string_view text);

// The same of one that a process is to run in.
std::string process_context_problem(std::string_view text);

} // namespace selns::recipe
