#pragma once

#include "selns/bootstrap/apt_request.hpp"
#include "selns/recipe/recipe.hpp"

namespace selns::test {

// A recipe with something of everything that a bootstrap takes.
recipe::Recipe full_recipe();
const bootstrap::AptArchives& debian_archives();
bootstrap::AptHost bookworm_host();
bootstrap::Ingredients full_ingredients();

} // namespace selns::test
