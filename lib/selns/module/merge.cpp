#include "selns/module/merge.hpp"

#include "selns/module/grants.hpp"

#include <iterator>
#include <optional>
#include <utility>

namespace selns::module {

namespace {

// The join of both, with the provenance of both.
void add(Grant& grant, const Grant& other) {
    join_grant(grant, other);
    grant.seen.merge(other.seen);
}

// What POLICY gives of GRANT without the module.
Grant given_by(const verdict::Policy& policy, const Triple& triple, const Grant& grant) {
    const std::string& target = triple.target == self ? triple.source : triple.target;
    Grant given;
    if (!policy.has_type(triple.source) || !policy.has_type(target))
        return given;
    for (const std::string& permission : grant.permissions)
        if (policy.has_permission(triple.tclass, permission) &&
            policy.rule_allows(triple.source, target, triple.tclass, permission))
            given.permissions.insert(permission);
    if (!grant.commands || !given.permissions.contains(ioctl))
        return given;
    // Without its commands the rule would say more than with them, unless the policy has its own.
    given.commands.emplace();
    for (const std::uint16_t command : *grant.commands)
        if (policy.command_allowed(triple.source, target, triple.tclass, command))
            given.commands->insert(command);
    if (given.commands->empty()) {
        given.commands.reset();
        given.permissions.erase(ioctl);
    }
    return given;
}

// The first name that MODULE cannot hold, of those without which there is no rule.
std::optional<std::string> unwritable_name(const LocalModule& module, const Triple& triple) {
    for (const std::string* name : {&triple.source, &triple.target, &triple.tclass})
        if (*name != self && !module.accepts(*name))
            return *name;
    return {};
}

// Takes what MODULE cannot hold from RULES: a rule, or where that is enough, a permission of it.
void take_unwritable(Rules& rules, const LocalModule& module, std::vector<Unwritable>& left_out) {
    for (auto rule = rules.begin(); rule != rules.end();) {
        auto& [triple, grant] = *rule;
        if (auto name = unwritable_name(module, triple)) {
            left_out.push_back({triple, std::move(grant.permissions), *std::move(name)});
            rule = rules.erase(rule);
            continue;
        }
        for (auto permission = grant.permissions.begin(); permission != grant.permissions.end();) {
            const bool accepted = module.accepts(*permission);
            if (!accepted)
                left_out.push_back({triple, {*permission}, *permission});
            permission = accepted ? std::next(permission) : grant.permissions.erase(permission);
        }
        rule = grants_nothing(grant) ? rules.erase(rule) : std::next(rule);
    }
}

} // namespace

Rules rules_of(const verdict::Judged& judged) {
    Rules rules;
    for (const verdict::Finding& finding : judged.findings) {
        if (finding.verdict != verdict::Verdict::allow)
            continue;
        Grant grant{finding.permissions, finding.commands, finding.seen, finding.companions};
        grant.permissions.insert(finding.companions.begin(), finding.companions.end());
        // They are sorted, so that each is the last one yet.
        const auto place = rules.try_emplace(rules.end(), finding.triple);
        if (grants_nothing(place->second))
            place->second = std::move(grant);
        else
            add(place->second, grant);
    }
    return rules;
}

Rules silenced_by(const verdict::Judged& judged) {
    Rules silenced;
    for (const verdict::Finding& finding : judged.findings)
        if (finding.verdict == verdict::Verdict::silenced && !finding.hidden)
            silenced[finding.triple].permissions.insert(finding.permissions.begin(),
                                                        finding.permissions.end());
    return silenced;
}

MergeResult merge_denials(log::Denials denials, const LocalModule& module,
                          const verdict::Policy& policy, const verdict::Preferences& preferences) {
    preferences.check(policy);
    verdict::Preferences with_module = preferences;
    with_module.hidden = module.hidden();
    MergeResult result{module, {}, 0, {}, {}, std::move(denials), {}};
    result.judged =
        verdict::judge_all(result.denials.unique, policy, with_module, module.declared_types());
    Rules rules = rules_of(result.judged);
    Rules silenced = silenced_by(result.judged);
    if (module.format() == Format::te) {
        take_unwritable(rules, module, result.left_out);
        take_unwritable(silenced, module, result.left_out);
    }
    result.asked = rules.size();
    result.changes = result.module.merge(std::move(rules));
    result.silenced = result.module.silence(silenced);
    return result;
}

Rules needless(const LocalModule& module, const verdict::Policy& policy) {
    Rules rules;
    for (const auto& [triple, grant] : module.rules())
        if (Grant given = given_by(policy, triple, grant); !given.permissions.empty())
            rules.emplace(triple, std::move(given));
    return rules;
}

} // namespace selns::module
