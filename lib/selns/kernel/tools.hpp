#pragma once

#include "selns/cache/record.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/process/process.hpp"

namespace selns::kernel {

// What it takes to make a kernel of RECIPE.
enum class Purpose { configure, build };

// Throws one tool_failed Error that names every program and header that is missing, with Debian's
// packages.
void require_tools(const Recipe& recipe, Purpose purpose, process::Runner& runner);

// The tools whose versions decide what comes out.
cache::Inputs toolchain(const Recipe& recipe, process::Runner& runner);

} // namespace selns::kernel
