#pragma once

#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <vector>

namespace selns::cmd {

struct CheckOptions {
    std::vector<std::filesystem::path> recipes;
    std::vector<recipe::Override> overrides;
};

} // namespace selns::cmd
