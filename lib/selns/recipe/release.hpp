#pragma once

#include "selns/recipe/recipe.hpp"

#include <string>

namespace selns::recipe {

// What is wrong with the name of a release of apt's distributions; empty when nothing is. One that
// has a mirror of its own may be called anything; others are known by name.
std::string release_problem(const Source& source, const Release& release);

} // namespace selns::recipe
