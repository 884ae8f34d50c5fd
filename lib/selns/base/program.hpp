#pragma once

#include <string>

namespace selns {

// Names this build of the program: another one may make other things of the same inputs.
std::string program_identity();

} // namespace selns
