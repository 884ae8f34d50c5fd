#pragma once

#include "selns/verdict/guard.hpp"

#include <span>

namespace selns::verdict {

// The list that is always there; of several that concern an access, the first tells why.
std::span<const Guard> guard_list();

} // namespace selns::verdict
