#pragma once

#include "selns/tree/tree.hpp"

#include <string>
#include <vector>

namespace selns::test {

// One line per name with everything that the tree knows of it, so that trees can be compared and
// a difference be read.
std::vector<std::string> describe(const tree::Tree& tree);

// The lines of both that the other lacks; empty when they describe the same tree.
std::string difference(const tree::Tree& expected, const tree::Tree& actual);

} // namespace selns::test
