#pragma once

#include "selns/denials/rules.hpp"

#include <utility>
#include <vector>

namespace selns::test {

// Rules without provenance and without limits.
inline denials::Rules
rules_of(const std::vector<std::pair<denials::Triple, denials::Permissions>>& list) {
    denials::Rules rules;
    for (const auto& [triple, permissions] : list)
        rules[triple].permissions = permissions;
    return rules;
}

} // namespace selns::test
