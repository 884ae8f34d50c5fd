#pragma once

#include <random>
#include <string>
#include <string_view>

namespace selns::label::test {

using Random = std::mt19937;

// A path that the regular expression TEXT matches, mostly: groups, alternatives, classes and
// quantifiers are followed at random.
std::string path_like(std::string_view text, Random& random);

// PATH with one small change: a byte less, more or another, a slash, a newline at the end.
std::string nearly(std::string path, Random& random);

} // namespace selns::label::test
