#pragma once

#include "selns/verdict/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace selns::verdict {

// Permissions between two types that have one verdict, for one reason.
struct Finding {
    Verdict verdict;
    log::DenialKind kind = log::DenialKind::access;
    Triple triple; // the target is "self" when it is the source's type
    Permissions permissions;
    Permissions companions;           // that were not seen, of those with the verdict allow
    std::optional<Commands> commands; // with `ioctl`: only these; nothing: all of them
    std::string reason;               // what made the verdict, in words; may be empty
    std::string advice;               // what to do about it, in words; may be empty
    std::uint64_t records = 0;
    log::Seen seen;
    Location at;         // of the first of its records
    bool hidden = false; // see Judgement
    bool acceptable = true;
    // What helps, to paste: lines of selinux.file_contexts, and statements in CIL for a module.
    std::vector<std::string> file_contexts;
    std::vector<std::string> statements;
};

struct VerdictCount {
    std::uint64_t records = 0; // those with at least one permission of this verdict
    std::uint64_t unique = 0;  // different permissions between different types
};

// What denials come to by a policy.
struct Judged {
    std::vector<Finding> findings;          // sorted by verdict, then by what it is about
    std::map<Verdict, VerdictCount> counts; // only verdicts that occurred
};

// The types of DECLARED (by the local module) exist though POLICY does not have them. Of
// DENIALS, sorted, their provenance and places go over to the findings.
Judged judge_all(std::vector<log::Denial>& denials, const Policy& policy,
                 const Preferences& preferences, const std::set<std::string>& declared);

} // namespace selns::verdict
