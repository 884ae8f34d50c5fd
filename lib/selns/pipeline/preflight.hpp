#pragma once

#include "selns/base/context.hpp"
#include "selns/cache/store.hpp"
#include "selns/recipe/recipe.hpp"

#include <string>

namespace selns::pipeline {

// All that is wrong with RECIPE and the files that it names and can be told without its root file
// system, in one invalid_input Error: logs that are not there, file contexts that do not compile,
// modules that cannot be read, access patterns and times that are none.
void preflight(const recipe::Recipe& recipe, const Context& context);

// Where RECIPE says KEY ("launch.kernel"); its file when it does not.
Location place_of(const recipe::Recipe& recipe, const std::string& key);

// What is wrong with launch.kernel: there is neither a kernel recipe of that name
// nor a bundle of it in CACHE. Empty when nothing is. Another machine may have that kernel, so only
// a check takes it for a mistake.
std::string kernel_problem(const recipe::Recipe& recipe, const cache::Store& cache);

} // namespace selns::pipeline
