#pragma once

#include "selns/bootstrap/distribution.hpp"
#include "selns/cache/record.hpp"
#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::bootstrap {

// What a recipe's files contribute, read beforehand.
struct Ingredients {
    std::optional<std::string> key;          // of the release's packages, when the recipe has it
    std::vector<std::string> keys;           // of each repository, armored
    std::vector<std::string> package_hashes; // of each local package
    std::optional<std::string> overlay;      // the digest of `files`, when commands need them
    bool overlay_has_resolv_conf = false;
};

// A key that is none, a package that is missing: an invalid_input Error with its place.
Ingredients read_ingredients(const recipe::Recipe& recipe, const Options& options);

// What a recipe brings to a root and does there, whoever fills it, as plain data.
struct Changes {
    std::vector<recipe::Located<recipe::Path>> local_packages;
    std::vector<recipe::Located<std::string>> commands;
    bool overlay = false; // `files` are put over the root before the commands
    bool overlay_has_resolv_conf = false;
};

// A command that cannot be an argument of a program is an invalid_input Error.
Changes changes_of(const recipe::Recipe& recipe, const Ingredients& ingredients);

// What the result depends on through them.
void add_inputs(cache::Inputs& inputs, const Changes& changes, const Ingredients& ingredients);

// Where the local packages are in the run directory RUN: packages/N.deb or N.rpm.
std::vector<std::filesystem::path> uploaded_packages(const Changes& changes,
                                                     const std::filesystem::path& run);

// What of them lies in the run directory (see hooks.hpp), by name. Local packages and the overlay
// are put there besides.
void add_run_files(std::map<std::string, std::string>& files, const Changes& changes);

} // namespace selns::bootstrap
