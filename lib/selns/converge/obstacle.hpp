#pragma once

#include "selns/module/merge.hpp"
#include "selns/recipe/recipe.hpp"

#include <string>
#include <vector>

namespace selns::converge {

// What a recipe could say about a denial. None is taken unless the recipe does.
struct Choice {
    std::string key;   // "selinux.file_contexts"
    std::string line;  // what to put there, in YAML
    std::string about; // what it would mean; may be empty
    bool operator==(const Choice&) const = default;
};

// A denial that no rule of the local module will mend.
struct Obstacle {
    std::string access;  // "systemd_tmpfiles_t user_home_dir_t:dir { relabelfrom relabelto }"
    std::string verdict; // "constraint"
    std::string reason;
    std::string advice; // what would help, in words
    std::vector<Choice> choices;
    bool operator==(const Obstacle&) const = default;
};

// "a_t b_t:file { read write }", as the recipe's lists of accesses have it.
std::string access_of(const verdict::Finding& finding);

// Whether FINDING keeps an image from booting enforcing without a denial. What a dontaudit rule
// hides does not.
bool stands_in_the_way(const verdict::Finding& finding);

// FINDING with what would help against it by its verdict. DENIALS are those that it came of,
// among others.
Obstacle obstacle_of(const verdict::Finding& finding, const std::vector<log::Denial>& denials,
                     const recipe::Recipe& recipe);

// How to live with OBSTACLE, once it was seen that it does no harm. None for denials whose names
// the policy does not have.
std::vector<Choice> harmless_choices(const Obstacle& obstacle);

} // namespace selns::converge
