#include "selns/denials/merge.hpp"

#include "selns/base/text.hpp"
#include "selns/denials/grants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace selns::denials {

namespace {

auto key_of(const Finding& finding) {
    return std::tie(finding.verdict, finding.triple, finding.kind, finding.reason, finding.advice);
}

bool before(const Finding& a, const Finding& b) {
    return std::pair(key_of(a), a.commands.has_value()) <
           std::pair(key_of(b), b.commands.has_value());
}

bool earlier(const Location& a, const Location& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
}

void add(Finding& finding, Finding&& other) {
    finding.permissions.merge(other.permissions);
    if (finding.commands)
        finding.commands->merge(*other.commands);
    finding.records += other.records;
    finding.seen.merge(other.seen);
    if (earlier(other.at, finding.at))
        finding.at = other.at;
}

// The advice that names all of a finding's permissions.
std::string accept_line(const Finding& finding) {
    const Triple& triple = finding.triple;
    const std::vector<std::string> names(finding.permissions.begin(), finding.permissions.end());
    return fmt::format("if it has to be: selinux.denials.accept: [\"{} {}:{} {}\"]", triple.source,
                       triple.target, triple.tclass,
                       names.size() == 1 ? names[0] : "{ " + selns::join(names, " ") + " }");
}

std::vector<Finding> combined(std::vector<Finding> findings) {
    std::ranges::stable_sort(findings, before);
    std::vector<Finding> result;
    for (Finding& finding : findings)
        if (!result.empty() && !before(result.back(), finding))
            add(result.back(), std::move(finding));
        else
            result.push_back(std::move(finding));
    for (Finding& finding : result)
        if (finding.verdict == Verdict::guarded || finding.verdict == Verdict::dontaudit)
            finding.advice = accept_line(finding);
    return result;
}

void count_unique(Judged& judged) {
    std::map<Verdict, std::set<std::pair<Triple, std::string>>> unique;
    for (const Finding& finding : judged.findings)
        for (const std::string& permission : finding.permissions)
            unique[finding.verdict].emplace(finding.triple, permission);
    for (const auto& [verdict, accesses] : unique)
        judged.counts[verdict].unique = accesses.size();
}

// What POLICY gives of GRANT without the module.
Grant given_by(const Policy& policy, const Triple& triple, const Grant& grant) {
    const std::string& target = triple.target == "self" ? triple.source : triple.target;
    Grant given;
    if (!policy.has_type(triple.source) || !policy.has_type(target))
        return given;
    for (const std::string& permission : grant.permissions)
        if (policy.has_permission(triple.tclass, permission) &&
            policy.rule_allows(triple.source, target, triple.tclass, permission))
            given.permissions.insert(permission);
    if (!grant.commands || !given.permissions.contains("ioctl"))
        return given;
    // Without its commands the rule would say more than with them, unless the policy has its own.
    given.commands.emplace();
    for (const std::uint16_t command : *grant.commands)
        if (policy.command_allowed(triple.source, target, triple.tclass, command))
            given.commands->insert(command);
    if (given.commands->empty()) {
        given.commands.reset();
        given.permissions.erase("ioctl");
    }
    return given;
}

} // namespace

Rules Judged::rules() const {
    Rules rules;
    for (const Finding& finding : findings) {
        if (finding.verdict != Verdict::allow)
            continue;
        const Grant grant{finding.permissions, finding.commands, finding.seen};
        const auto [place, added] = rules.try_emplace(finding.triple, grant);
        if (!added)
            join(place->second, grant);
    }
    return rules;
}

Judged judge_all(const std::vector<Denial>& denials, const Policy& policy,
                 const Preferences& preferences, const std::set<std::string>& declared) {
    Judged judged;
    std::vector<Finding> findings;
    for (const Denial& denial : denials) {
        std::set<Verdict> verdicts;
        for (Judgement& judgement : judge(policy, preferences, declared, denial)) {
            verdicts.insert(judgement.verdict);
            findings.push_back({judgement.verdict, denial.kind, triple_of(denial),
                                std::move(judgement.permissions), std::move(judgement.commands),
                                std::move(judgement.reason), std::move(judgement.advice),
                                denial.records, denial.seen, denial.at});
        }
        for (const Verdict verdict : verdicts)
            judged.counts[verdict].records += denial.records;
    }
    judged.findings = combined(std::move(findings));
    count_unique(judged);
    return judged;
}

MergeResult merge_denials(Denials denials, const LocalModule& module, const Policy& policy,
                          const Preferences& preferences) {
    preferences.check(policy);
    MergeResult result{module, {}, {}, std::move(denials)};
    result.judged = judge_all(result.denials.unique, policy, preferences, module.declared_types());
    result.changes = result.module.merge(result.judged.rules());
    return result;
}

Rules needless(const LocalModule& module, const Policy& policy) {
    Rules rules;
    for (const auto& [triple, grant] : module.rules())
        if (Grant given = given_by(policy, triple, grant); !given.permissions.empty())
            rules.emplace(triple, std::move(given));
    return rules;
}

} // namespace selns::denials
