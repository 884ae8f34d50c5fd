#pragma once

#include <random>
#include <string>
#include <string_view>

namespace selns::label::test {

using Random = std::mt19937;

// A path that the regular expression TEXT matches, mostly: groups, alternatives, classes and
// quantifiers are followed at random.
std::string path_like(std::string_view text, Random& random);

// PATH with one change: a byte less, more or another (ASCII or not), slashes or a newline
// somewhere, another start or end, 4096 bytes long. Perhaps none.
std::string nearly(std::string path, Random& random);

} // namespace selns::label::test
