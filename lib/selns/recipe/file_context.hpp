#pragma once

#include <string>
#include <string_view>

namespace selns::recipe {

// What is wrong with the shape of "PATH_REGEX [TYPE] CONTEXT"; empty when nothing is. Whether the
// expression compiles and the policy defines the context is for those who have them.
std::string file_context_problem(std::string_view line);

} // namespace selns::recipe
