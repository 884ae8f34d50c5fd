#pragma once

#include "selns/tree/tree.hpp"

#include <string>

namespace selns::bootstrap {

// The hash of everything in TREE but times of modification: what an overlay contributes to a key.
std::string tree_digest(const tree::Tree& tree);

} // namespace selns::bootstrap
