#pragma once

#include "selns/denials/module.hpp"

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

// The rules that made AFTER of BEFORE, in order.
inline std::vector<denials::RuleChange> added_rules(const denials::LocalModule& before,
                                                    const denials::LocalModule& after) {
    denials::LocalModule merged = before;
    return merged.merge(after.rules());
}

} // namespace selns::test
