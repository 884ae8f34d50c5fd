#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/yaml/node.hpp"

#include <map>
#include <string>

namespace selns::recipe {

// Puts ROOT, which FILE holds, over the recipes that its `include` names, and those over the ones
// that they name: maps are merged, lists appended, and of anything else the later value wins; the
// value of a key with a "!" behind it ("images!") replaces what was there, and the "!" is gone
// afterwards. A file that was included before is not taken again. `include` lists all of them
// afterwards, with absolute paths.
//
// What is missing, no recipe or leads back to itself goes to PROBLEMS with the place that names it.
// Returns the folder of each file, by the name that it has in places.
std::map<std::string, Path> include(yaml::Node& root, const Path& file, Diagnostics& problems);

} // namespace selns::recipe
