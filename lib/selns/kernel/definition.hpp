#pragma once

#include "selns/recipe/form.hpp"

namespace selns::kernel {

// The form of kernel recipes.
const recipe::Form& recipe_form();

} // namespace selns::kernel
