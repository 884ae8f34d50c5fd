#pragma once

#include "selns/denials/access_pattern.hpp"

#include <string>
#include <vector>

namespace selns::denials {

// Access that no log may open by itself, since whoever has it can undo the policy, the kernel or
// the host. A process that forges log lines must not be able to grant itself these.
struct Guard {
    AccessPattern pattern;
    std::string why;
};

// The list that is always there. Names that a policy does not have match nothing in it.
const std::vector<Guard>& guard_list();

} // namespace selns::denials
