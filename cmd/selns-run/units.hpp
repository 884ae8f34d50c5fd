#pragma once

#include "selns-run/kernel.hpp"

#include <string>
#include <utility>
#include <vector>

namespace selns::run {

// Units by name, with their texts.
using Units = std::vector<std::pair<std::string, std::string>>;

// Those in DIRECTORY.
Units read_units(const std::string& directory);

// Puts UNITS below /run/systemd/system of ROOT, where systemd wants them with its default target.
// Their labels are those that the directory hands down.
void place_units(Kernel& kernel, int root, const Units& units);

} // namespace selns::run
