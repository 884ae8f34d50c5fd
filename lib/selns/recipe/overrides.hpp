#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/yaml/node.hpp"

#include <vector>

namespace selns::recipe {

// Puts overrides over a recipe's nodes, in order. Maps on the way are made where there are none; an
// index must exist, or be the next one. A key that is no path, or one that leads through a scalar,
// is a usage Error.
void apply(const std::vector<Override>& overrides, yaml::Node& root, Diagnostics& problems);

} // namespace selns::recipe
