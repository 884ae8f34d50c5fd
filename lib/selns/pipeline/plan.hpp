#pragma once

#include "selns/pipeline/pipeline.hpp"

#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// One thing that a stage depends on, and who says so.
struct PlanInput {
    std::string name;   // "release"
    std::string value;  // "bookworm"
    std::string origin; // "web.yaml:4:5", "--set selinux.mode", "default", "this host"; or empty
};

enum class Freshness { cached, due, unknown };

struct PlanStage {
    std::string name; // "bootstrap", "tree", "policy", "denials", "label", "image", "launch"
    std::string what; // one line
    std::vector<PlanInput> inputs = {};
    // Filled by resolve():
    Freshness freshness = Freshness::unknown;
    std::string why =
        {}; // "cached 2 days ago", "packages changed: + nginx-light", "after bootstrap"
};

// What a build of a recipe would do. Plain data.
struct Plan {
    std::string recipe; // the file
    std::string name;
    std::vector<PlanStage> stages;
    std::vector<std::filesystem::path> outputs;
};

// From the recipe alone: no I/O.
Plan make_plan(const recipe::Recipe& recipe, const std::filesystem::path& output);

// Says of each stage whether the cache has it, and why not.
void resolve(Plan& plan, const recipe::Recipe& recipe, const Context& context);

} // namespace selns::pipeline
