#pragma once

#include "selns/log/log.hpp"
#include "selns/module/local_module.hpp"
#include "selns/verdict/findings.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace selns::module {

// Of those with the verdict allow.
Rules rules_of(const verdict::Judged& judged);

// What is to be hidden, and is not yet.
std::map<Triple, Permissions> silenced_by(const verdict::Judged& judged);

struct MergeResult {
    LocalModule module;
    std::vector<RuleChange> changes;   // empty: the module says what it said before
    std::size_t asked = 0;             // how many rules the denials ask for
    std::vector<std::string> silenced; // dontaudit rules that were added, without layout
    verdict::Judged judged;
    log::Denials denials; // as given, but for judge_all()

    bool changes_module() const { return !changes.empty() || !silenced.empty(); }
};

// Judges DENIALS against the base policy and merges those that the verdict allows into MODULE. A
// name that cannot stand in the module's format is an Error that tells which.
MergeResult merge_denials(log::Denials denials, const LocalModule& module,
                          const verdict::Policy& policy, const verdict::Preferences& preferences);

// The permissions of MODULE's rules that POLICY has come to allow by itself.
Rules needless(const LocalModule& module, const verdict::Policy& policy);

} // namespace selns::module
