#pragma once

#include "selns/recipe/recipe.hpp"

#include <string>

namespace selns::recipe {

// These are about what distributions have, which a form cannot tell.

// What is wrong with the name of a release of apt's distributions; empty when nothing is. One that
// has a mirror of its own may be called anything; others are known by name.
std::string release_problem(const Source& source, const Release& release);

// What is wrong with selinux.policy; empty when nothing is. A policy that the distribution does not
// have comes from something else that the recipe names.
std::string policy_problem(const Recipe& recipe);

} // namespace selns::recipe
