#pragma once

#include "selns/log/log.hpp"
#include "selns/module/local_module.hpp"
#include "selns/verdict/findings.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace selns::module {

// Of those with the verdict allow.
Rules rules_of(const verdict::Judged& judged);

// What is to be hidden, and is not yet.
Rules silenced_by(const verdict::Judged& judged);

// A rule, or a part of one, that the module's format cannot hold.
struct Unwritable {
    Triple triple;
    Permissions permissions;
    std::string name; // what the format has no way to say
};

struct MergeResult {
    LocalModule module;
    std::vector<RuleChange> changes;   // empty: the module says what it said before
    std::size_t asked = 0;             // how many rules the denials ask for
    std::vector<std::string> silenced; // dontaudit rules that were added, without layout
    verdict::Judged judged;
    log::Denials denials; // as given, but for judge_all()
    std::vector<Unwritable> left_out;

    bool changes_module() const { return !changes.empty() || !silenced.empty(); }
};

// Judges DENIALS against the base policy and merges those that the verdict allows into MODULE. What
// cannot stand in the module's format is left out, and told.
MergeResult merge_denials(log::Denials denials, const LocalModule& module,
                          const verdict::Policy& policy, const verdict::Preferences& preferences);

// The permissions of MODULE's rules that POLICY has come to allow by itself.
Rules needless(const LocalModule& module, const verdict::Policy& policy);

} // namespace selns::module
