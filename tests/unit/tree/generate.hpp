#pragma once

#include "selns/tree/tree.hpp"

#include <cstdint>

namespace selns::test {

// A tree of COUNT names, the same for the same SEED: every type that a tar can hold, names and
// xattrs of any bytes, hard links, owners and times beyond what an old tar can say.
tree::Tree generate_tree(std::uint32_t seed, int count);

} // namespace selns::test
