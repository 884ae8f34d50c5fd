#pragma once

#include "selns/kernel/config.hpp"
#include "selns/kernel/recipe.hpp"

#include <filesystem>
#include <vector>

namespace selns::kernel {

// All of a recipe's fragments in order: of a symbol in several, the last one counts. Lines that are
// none of a configuration are an invalid_input Error that shows all of them.
Config merge_fragments(const std::vector<TextFile>& fragments);

// BASE with WANTED in the place of what it says about the same symbols.
std::string merged_text(std::string_view base, const Config& wanted);

// Throws an invalid_input Error that names each symbol of WANTED which RESULT has not with this
// value: the fragment's line, what became of it, and whether the source in TREE knows it at all.
void check_survived(const Config& wanted, const Config& result, const std::filesystem::path& tree);

} // namespace selns::kernel
