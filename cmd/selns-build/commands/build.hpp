#pragma once

#include "selns-build/progress/sinks.hpp"
#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <vector>

namespace selns::cmd {

struct BuildOptions {
    std::vector<std::filesystem::path> recipes;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    unsigned jobs = 1; // at the same time
    bool keep_going = false;
    bool update = false;
    bool locked = false;
    bool refresh = false;
    bool offline = false;
    ProgressMode progress = ProgressMode::automatic;
};

} // namespace selns::cmd
