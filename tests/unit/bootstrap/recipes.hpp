#pragma once

#include "selns/bootstrap/debian_request.hpp"
#include "selns/recipe/recipe.hpp"

namespace selns::test {

// A recipe with something of everything that a bootstrap takes.
recipe::Recipe full_recipe();
bootstrap::DebianHost bookworm_host();
bootstrap::Ingredients full_ingredients();

} // namespace selns::test
