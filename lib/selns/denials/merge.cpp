#include "selns/denials/merge.hpp"

#include "selns/denials/names.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace selns::denials {

namespace {

struct Tally {
    std::size_t first = 0; // the place of the denial that was read first
    std::uint64_t records = 0;
};
using Tallies = std::map<Access, Tally>;

Triple triple_of(const Record& record) {
    const std::string_view source = context_type(record.scontext);
    const std::string_view target = context_type(record.tcontext);
    return {std::string(source), std::string(source == target ? "self" : target), record.tclass};
}

Tallies judge_all(const std::vector<Denial>& denials, const std::set<std::string>& declared,
                  const Policy& policy, std::map<Verdict, VerdictCount>& counts) {
    Tallies tallies;
    for (std::size_t place = 0; place < denials.size(); ++place) {
        const Record& record = denials[place].first;
        const Triple triple = triple_of(record);
        std::set<Verdict> verdicts;
        for (const Judgement& judgement : judge(policy, declared, record.scontext, record.tcontext,
                                                record.tclass, record.permissions)) {
            const Access access{triple, judgement.permission, judgement.verdict, judgement.subject};
            Tally& tally = tallies.try_emplace(access, Tally{place, 0}).first->second;
            tally.records += denials[place].records;
            verdicts.insert(judgement.verdict);
        }
        for (const Verdict verdict : verdicts)
            counts[verdict].records += denials[place].records;
    }
    for (const auto& [access, tally] : tallies)
        ++counts[access.verdict].unique;
    return tallies;
}

Rules rules_of(const Tallies& tallies) {
    Rules rules;
    for (const auto& [access, tally] : tallies)
        if (access.verdict == Verdict::allow)
            rules[access.triple].insert(access.permission);
    return rules;
}

std::size_t cause_of(const RuleChange& change, const Tallies& tallies) {
    std::size_t first = std::numeric_limits<std::size_t>::max();
    for (const std::string& permission : change.added)
        first = std::min(first, tallies.at({change.triple, permission, Verdict::allow, {}}).first);
    return first;
}

} // namespace

MergeResult merge_denials(Denials denials, const LocalModule& module, const Policy& policy) {
    MergeResult result;
    result.module = module;
    const Tallies tallies =
        judge_all(denials.unique, module.declared_types(), policy, result.counts);
    for (RuleChange& change : result.module.merge(rules_of(tallies))) {
        const Record& first = denials.unique[cause_of(change, tallies)].first;
        result.changes.push_back({std::move(change), first});
    }
    for (const auto& [access, tally] : tallies)
        result.judged.push_back({access, denials.unique[tally.first].first, tally.records});
    result.records = denials.records;
    result.malformed_count = denials.malformed_count;
    result.malformed = std::move(denials.malformed);
    result.logs = std::move(denials.logs);
    return result;
}

MergeResult merge_logs(const std::vector<std::filesystem::path>& logs, const LocalModule& module,
                       const Policy& policy, const Interrupt& interrupt) {
    LogReader reader;
    for (const std::filesystem::path& log : logs)
        reader.read_file(log, interrupt);
    return merge_denials(reader.finish(), module, policy);
}

} // namespace selns::denials
