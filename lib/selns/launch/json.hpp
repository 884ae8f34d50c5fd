#pragma once

#include "selns/launch/launch.hpp"

namespace selns::launch {

// The text of NAME.launch.json, for programs: keys in a fixed order.
std::string launch_json(const Inputs& inputs);

} // namespace selns::launch
