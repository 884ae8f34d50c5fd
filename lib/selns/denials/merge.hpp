#pragma once

#include "selns/denials/log.hpp"
#include "selns/denials/module.hpp"
#include "selns/denials/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::denials {

// Permissions between two types that have one verdict, for one reason.
struct Finding {
    Verdict verdict;
    DenialKind kind = DenialKind::access;
    Triple triple; // the target is "self" when it is the source's type
    Permissions permissions;
    std::optional<Commands> commands; // with `ioctl`: only these; nothing: all of them
    std::string reason;               // what made the verdict, in words; may be empty
    std::string advice;               // what to do about it, in words; may be empty
    std::uint64_t records = 0;
    Seen seen;
    Location at;         // of the first of its records
    bool hidden = false; // see Judgement
};

struct VerdictCount {
    std::uint64_t records = 0; // those with at least one permission of this verdict
    std::uint64_t unique = 0;  // different permissions between different types
};

// What denials come to by a policy.
struct Judged {
    std::vector<Finding> findings;          // sorted by verdict, then by what it is about
    std::map<Verdict, VerdictCount> counts; // only verdicts that occurred
    Rules rules() const;                    // of those with the verdict allow
};

// The types of DECLARED (by the local module) exist though POLICY does not have them. Of
// DENIALS, sorted, their provenance and places go over to the findings.
Judged judge_all(std::vector<Denial>& denials, const Policy& policy, const Preferences& preferences,
                 const std::set<std::string>& declared);

struct MergeResult {
    LocalModule module;
    std::vector<RuleChange> changes; // empty: the module says what it said before
    std::size_t asked = 0;           // how many rules the denials ask for
    Judged judged;
    Denials denials; // as given, but for judge_all()
};

// Judges DENIALS against the base policy and merges those that the verdict allows into MODULE. A
// name that cannot stand in the module's format is an Error that tells which.
MergeResult merge_denials(Denials denials, const LocalModule& module, const Policy& policy,
                          const Preferences& preferences);

// The permissions of MODULE's rules that POLICY has come to allow by itself.
Rules needless(const LocalModule& module, const Policy& policy);

} // namespace selns::denials
