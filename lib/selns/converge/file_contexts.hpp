#pragma once

#include "selns/label/label.hpp"
#include "selns/module/merge.hpp"

#include <string>
#include <vector>

namespace selns::converge {

// File contexts for the recipe that would satisfy FINDING, a constraint that wants the user of the
// object to be the source's (u1 == u2): the specifications that gave the objects their contexts,
// with that user. DENIALS are those that FINDING came of, among others. Empty when it is another
// constraint, or when it cannot be told which specifications these were.
std::vector<std::string> suggest_file_contexts(const verdict::Finding& finding,
                                               const std::vector<log::Denial>& denials,
                                               const label::Specifications& specifications);

} // namespace selns::converge
