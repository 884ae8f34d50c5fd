#pragma once

#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace selns::cmd {

enum class ProgressMode { automatic, bar, plain, json, none };

struct BuildOptions {
    std::vector<std::filesystem::path> recipes;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    bool keep_going = false;
    bool update = false;
    bool locked = false;
    bool refresh = false;
    ProgressMode progress = ProgressMode::automatic;
};

struct CheckOptions {
    std::vector<std::filesystem::path> recipes;
    std::vector<recipe::Override> overrides;
};

struct PlanOptions {
    std::filesystem::path recipe;
    std::filesystem::path output; // empty: build/NAME
    std::vector<recipe::Override> overrides;
    bool json = false;
};

struct ShowOptions {
    std::filesystem::path what;
    bool all = false;
    bool json = false;
};

struct SchemaOptions {};

// --help and --version.
struct TextOptions {
    std::string text;
};

using Command =
    std::variant<BuildOptions, CheckOptions, PlanOptions, ShowOptions, SchemaOptions, TextOptions>;

} // namespace selns::cmd
