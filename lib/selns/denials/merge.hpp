#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/denials/log.hpp"
#include "selns/denials/module.hpp"
#include "selns/denials/verdict.hpp"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace selns::denials {

// One permission that was denied between two types.
struct Access {
    Triple triple; // the target is "self" when it is the source's type
    std::string permission;
    Verdict verdict = Verdict::allow;
    std::string subject; // the name or context that made the verdict, where there is one
    auto operator<=>(const Access&) const = default;
};

struct JudgedAccess {
    Access access;
    Record first; // the record that was read first
    std::uint64_t records = 0;
};

struct VerdictCount {
    std::uint64_t records = 0; // those with at least one permission of this verdict
    std::uint64_t unique = 0;  // different accesses
};

// A change of the module, and the record that was the first to ask for it.
struct CausedChange {
    RuleChange change;
    Record first;
};

struct MergeResult {
    LocalModule module;
    std::vector<CausedChange> changes;      // empty: the module says what it said before
    std::vector<JudgedAccess> judged;       // sorted by access
    std::map<Verdict, VerdictCount> counts; // only verdicts that occurred
    std::vector<LogSummary> logs;           // as given
    std::uint64_t records = 0;              // in all logs, the same event once
    std::uint64_t malformed_count = 0;
    std::vector<Malformed> malformed; // the first of them
};

// Judges DENIALS against the base policy and merges those that the verdict allows into MODULE.
MergeResult merge_denials(Denials denials, const LocalModule& module, const Policy& policy);

// The same from log files. Throws what LogReader throws.
MergeResult merge_logs(const std::vector<std::filesystem::path>& logs, const LocalModule& module,
                       const Policy& policy, const Interrupt& interrupt);

} // namespace selns::denials
