#pragma once

#include "selns/base/context.hpp"
#include "selns/recipe/recipe.hpp"

namespace selns::pipeline {

struct PreflightOptions {
    // Whether launch.kernel must be there: a kernel recipe of that name or a bundle of it in the
    // cache. Another machine may have that kernel, so only a check takes it for a mistake.
    bool kernel = false;
};

// All that is wrong with RECIPE and the files that it names and can be told without its root file
// system, in one invalid_input Error: logs that are not there, file contexts that do not compile,
// modules that cannot be read, access patterns and times that are none.
void preflight(const recipe::Recipe& recipe, const Context& context,
               const PreflightOptions& options = {});

} // namespace selns::pipeline
