#include "selns/denials/module.hpp"

#include "selns/base/text.hpp"
#include "selns/denials/names.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::string_view self = "self";

constexpr std::string_view introduction =
    "; The local policy module: what this image's boots were denied, and may do from now on.\n"
    "; It only grows. Further denials are merged into its rules, one rule for each source, target\n"
    "; and class. Review it in a diff; statements and comments of your own stay as they are, in\n"
    "; this part above the rules, and a comment right above a rule stays with the rule.";

Permissions minus(const Permissions& all, const Permissions& known) {
    Permissions rest;
    std::ranges::set_difference(all, known, std::inserter(rest, rest.end()));
    return rest;
}

void check_names(const Triple& triple, const Permissions& permissions) {
    const bool sound =
        is_name(triple.source) && (triple.target == self || is_name(triple.target)) &&
        is_name(triple.tclass) && !permissions.empty() && std::ranges::all_of(permissions, is_name);
    if (!sound)
        throw std::invalid_argument("not a rule of names: " +
                                    printable(to_cil(triple, permissions)));
}

// With an attribute as source, "self" and the attribute as target are not the same; with a type
// they are.
Triple twin_of(const Triple& triple) {
    return {triple.source, triple.source, triple.tclass};
}

} // namespace

std::string to_cil(const Triple& triple, const Permissions& permissions) {
    return "(allow " + triple.source + " " + triple.target + " (" + triple.tclass + " (" +
           join({permissions.begin(), permissions.end()}, " ") + ")))";
}

void LocalModule::Rule::add_comment(std::string comment) {
    if (std::ranges::find(comments, comment) == comments.end())
        comments.push_back(std::move(comment));
}

LocalModule::LocalModule() : head_(introduction) {}

Permissions LocalModule::granted(const Triple& triple) const {
    Permissions all;
    if (const auto rule = rules_.find(triple); rule != rules_.end())
        all = rule->second.permissions;
    if (triple.target == self)
        if (const auto twin = rules_.find(twin_of(triple)); twin != rules_.end())
            all.insert(twin->second.permissions.begin(), twin->second.permissions.end());
    return all;
}

std::vector<RuleChange> LocalModule::merge(const Rules& rules) {
    std::vector<RuleChange> changes;
    for (const auto& [given, permissions] : rules) {
        check_names(given, permissions);
        Triple triple = given;
        if (triple.target == triple.source)
            triple.target = self;
        const Permissions before = granted(triple);
        Permissions added = minus(permissions, before);
        if (added.empty())
            continue;
        Rule& rule = rules_[triple];
        rule.permissions.insert(added.begin(), added.end());
        if (triple.target == self)
            if (auto twin = rules_.extract(twin_of(triple)); !twin.empty()) {
                rule.permissions.merge(twin.mapped().permissions);
                for (std::string& comment : twin.mapped().comments)
                    rule.add_comment(std::move(comment));
            }
        changes.push_back({triple, std::move(added), !before.empty()});
    }
    return changes;
}

std::string LocalModule::str() const {
    std::string text = head_;
    if (!text.empty())
        text += rules_.empty() ? "\n" : "\n\n";
    for (const auto& [triple, rule] : rules_) {
        for (const std::string& comment : rule.comments)
            text.append(comment).push_back('\n');
        text.append(to_cil(triple, rule.permissions)).push_back('\n');
    }
    return text;
}

Rules LocalModule::rules() const {
    Rules rules;
    for (const auto& [triple, rule] : rules_)
        rules.emplace_hint(rules.end(), triple, rule.permissions);
    return rules;
}

bool LocalModule::same_statements(const LocalModule& other) const {
    const auto same_rule = [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.permissions == b.second.permissions;
    };
    return statements_ == other.statements_ && std::ranges::equal(rules_, other.rules_, same_rule);
}

std::vector<RuleChange> added_rules(const LocalModule& before, const LocalModule& after) {
    LocalModule merged = before;
    return merged.merge(after.rules());
}

} // namespace selns::denials
