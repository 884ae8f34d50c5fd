#pragma once

#include "selns/recipe/recipe.hpp"

#include <string>
#include <vector>

namespace selns::test {

// The least that makes a recipe, one line each for name and from.
extern const char* const least;

// What `from` can say besides, every source with every key; files are those of write_full_recipe().
extern const std::vector<std::string> sources;

// A recipe parsed from TEXT in a folder that does not exist.
recipe::Recipe parse(const std::string& text, const std::vector<recipe::Override>& overrides = {});

// What is wrong with it, without that folder; "" when nothing is.
std::string problems_of(const std::string& text,
                        const std::vector<recipe::Override>& overrides = {});

// A recipe that has every key once, and what it needs: writes "full.yaml" and the files that it
// names into FOLDER.
std::filesystem::path write_full_recipe(const std::filesystem::path& folder);

} // namespace selns::test
