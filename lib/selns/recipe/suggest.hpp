#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace selns::recipe {

// " (did you mean X?)" for a word that is misspelt, has swapped letters, another case or another
// ending (enforce for enforcing); empty when no candidate is near.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace selns::recipe
