#pragma once

#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <vector>

namespace selns::cmd {

struct PlanOptions {
    std::filesystem::path recipe;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    bool json = false;
};

} // namespace selns::cmd
