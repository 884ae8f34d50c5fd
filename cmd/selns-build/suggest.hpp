#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace selns::cmd {

// " (did you mean X?)" or nothing. Unlike did_you_mean(), it counts two swapped letters as one
// mistake, the commonest one in typed words.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace selns::cmd
