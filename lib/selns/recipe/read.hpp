#pragma once

#include "selns/recipe/inputs.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/recipe/value.hpp"

namespace selns::recipe {

// The recipe that ROOT holds, with defaults for what it leaves out. What a form cannot tell is
// checked here and reported: files that are missing, keys that contradict each other. FILE is the
// recipe's own absolute path.
Recipe read(const Value& root, const Path& file);

Selinux read_selinux(const Value& value, const Inputs& inputs);

} // namespace selns::recipe
