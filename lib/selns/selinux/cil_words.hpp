#pragma once

#include "selns/selinux/cil.hpp"

#include <string>
#include <vector>

namespace selns::selinux {

// Throws an invalid_input Error with its line for the first of NODES, or of what is in their
// blocks, optionals and the like, that is no statement of CIL: libsepol would tell after minutes.
void check_cil_words(const std::vector<CilNode>& nodes, const std::string& name);

} // namespace selns::selinux
