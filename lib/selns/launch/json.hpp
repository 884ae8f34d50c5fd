#pragma once

#include "selns/launch/launch.hpp"

namespace selns::launch {

// The text of NAME.launch.json, for programs: keys in a fixed order.
std::string launch_json(const Inputs& inputs);

// TEXT, which is UTF-8, for a place between quotes in JSON.
std::string json_text(const std::string& text);

} // namespace selns::launch
