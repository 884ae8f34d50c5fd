#include "selns/module/local_module.hpp"

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/module/grants.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

namespace selns::module {

namespace {

constexpr std::array<std::string_view, 4> introduction = {
    " The local policy module: what this image's boots were denied, and may do from now on.",
    " It only grows. Further denials are merged into its rules, one rule for each source, target",
    " and class. Review it in a diff; statements and comments of your own stay as they are, in",
    " this part above the rules, and a comment right above a rule stays with the rule."};

std::string introduce(Format format) {
    std::string text;
    for (const std::string_view line : introduction)
        text.append(text.empty() ? "" : "\n").append(1, comment_mark(format)).append(line);
    return text;
}

// The access that a dontaudit rule is about, as AccessPattern has it: "a_t b_t:file { read }".
std::optional<std::string> dontaudit_access(const KeptStatement& statement, Format format) {
    constexpr std::string_view keyword = "dontaudit";
    if (format == Format::te)
        return statement.text.starts_with(keyword)
                   ? std::optional(statement.text.substr(keyword.size()))
                   : std::nullopt;
    const auto nodes = selinux::parse_cil(statement.text, {});
    if (nodes.size() != 1 || nodes[0].keyword() != keyword || nodes[0].items.size() != 4)
        return std::nullopt;
    const auto& items = nodes[0].items;
    const auto& access = items[3].items;
    if (access.size() != 2)
        return std::nullopt;
    std::string text = items[1].text + " " + items[2].text + ":" + access[0].text + " {";
    for (const selinux::CilNode& permission : access[1].items)
        text += " " + permission.text;
    return text + " }";
}

std::string dontaudit_rule(const Triple& triple, const Permissions& permissions, Format format) {
    const std::string names = join({permissions.begin(), permissions.end()}, " ");
    return format == Format::te ? "dontaudit " + triple.source + " " + triple.target + ":" +
                                      triple.tclass + " { " + names + " };"
                                : "(dontaudit " + triple.source + " " + triple.target + " (" +
                                      triple.tclass + " (" + names + ")))";
}

RequireBlock requirements_of(const Rules& accesses) {
    RequireBlock require;
    for (const auto& [triple, grant] : accesses) {
        require.add(RequireBlock::Kind::type, triple.source);
        if (triple.target != self)
            require.add(RequireBlock::Kind::type, triple.target);
        require.add_class(triple.tclass, grant.permissions);
    }
    return require;
}

// With an attribute as source, "self" and the attribute as target are not the same; with a type
// they are.
Triple twin_of(const Triple& triple) {
    return {triple.source, triple.source, triple.tclass};
}

RuleChange to_change(const Triple& triple, GrantChange change, bool widened) {
    return {triple, std::move(change.added), std::move(change.commands), change.all_commands,
            widened};
}

// One rule of both, when it is about a type and itself.
GrantChange merge_rule(std::map<Triple, ModuleRule>& rules, const Triple& triple, Grant grant,
                       bool& widened) {
    const auto place = rules.lower_bound(triple);
    const auto rule = place != rules.end() && place->first == triple ? place : rules.end();
    const auto twin = triple.target == self ? rules.find(twin_of(triple)) : rules.end();
    if (rule == rules.end() && twin == rules.end()) {
        GrantChange change{grant.permissions, grant.commands.value_or(Commands()), false};
        rules.emplace_hint(place, triple, ModuleRule{std::move(grant), {}});
        return change;
    }
    Grant all = together(rule == rules.end() ? Grant() : rule->second.grant,
                         twin == rules.end() ? Grant() : twin->second.grant);
    widened = !grants_nothing(all);
    GrantChange change = join_grant(all, grant);
    if (change.none()) {
        Grant& known = (rule == rules.end() ? twin : rule)->second.grant;
        known.seen.merge(grant.seen);
        known.unseen = all.unseen;
        return change;
    }
    all.seen.merge(grant.seen);
    ModuleRule& merged = rules[triple];
    merged.grant = std::move(all);
    if (twin != rules.end()) {
        for (std::string& comment : twin->second.comments)
            if (std::ranges::find(merged.comments, comment) == merged.comments.end())
                merged.comments.push_back(std::move(comment));
        rules.erase(twin);
    }
    return change;
}

} // namespace

LocalModule::LocalModule(Format format, const std::string& name) : format_(format) {
    if (format == Format::cil)
        parts_.tail = introduce(format);
    else
        parts_.head = introduce(format) + "\n\n" + te_module_statement(name + ".te") + "\n\n";
}

LocalModule LocalModule::parse(std::string_view text, const std::string& file) {
    const Format format = format_of(file);
    if (trim(text).empty())
        return {format, std::filesystem::path(file).stem().string()};
    return {format, format == Format::te ? read_te_module(text, file, Reading::own)
                                         : read_cil_module(text, file, Reading::own)};
}

LocalModule import_module(std::string_view text, Format format, const std::string& file) {
    return {format, format == Format::te ? read_te_module(text, file, Reading::foreign)
                                         : read_cil_module(text, file, Reading::foreign)};
}

bool LocalModule::accepts(std::string_view name) const {
    return log::is_name(name) && (format_ == Format::cil || log::is_te_name(name));
}

void LocalModule::check(const Triple& triple, const Grant& grant) const {
    std::vector<std::string_view> names;
    names.reserve(3 + grant.permissions.size());
    names.push_back(triple.source);
    names.push_back(triple.tclass);
    if (triple.target != self)
        names.push_back(triple.target);
    names.insert(names.end(), grant.permissions.begin(), grant.permissions.end());
    const auto in_rule = [&] {
        return "in the rule " + printable(to_text(triple, grant, format_));
    };
    if (!std::ranges::all_of(names, log::is_name) || grants_nothing(grant) ||
        (grant.commands && grant.commands->empty()))
        throw std::invalid_argument("not a rule of names: " + in_rule());
    for (const std::string_view name : names)
        if (!accepts(name))
            throw Error(ErrorKind::failed,
                        "a .te module cannot name \"" + std::string(name) + "\", " + in_rule())
                .hint("checkmodule reserves the word; keep the local module in CIL");
}

std::vector<RuleChange> LocalModule::merge(Rules rules) {
    for (const auto& [triple, grant] : rules)
        check(triple, grant);
    std::vector<RuleChange> changes;
    for (auto& [given, grant] : rules) {
        Triple triple = given;
        if (triple.target == triple.source)
            triple.target = self;
        bool widened = false;
        GrantChange change = merge_rule(parts_.rules, triple, std::move(grant), widened);
        if (!change.none())
            changes.push_back(to_change(triple, std::move(change), widened));
    }
    return changes;
}

// As a module of its own, which is taken in like any other one.
std::vector<std::string> LocalModule::silence(const Rules& accesses) {
    if (accesses.empty())
        return {};
    std::string text;
    if (format_ == Format::te)
        text = te_module_statement("hiding.te") + "\n" + requirements_of(accesses).str() + "\n";
    for (const auto& [triple, grant] : accesses)
        check(triple, grant);
    for (const auto& [triple, grant] : accesses)
        text += dontaudit_rule(triple, grant.permissions, format_) + "\n";
    return take(import_module(text, format_, format_ == Format::te ? "hiding.te" : "hiding.cil"))
        .statements;
}

std::vector<RuleRemoval> LocalModule::subtract(const Rules& rules) {
    std::vector<RuleRemoval> removals;
    for (const auto& [triple, grant] : rules) {
        const auto rule = parts_.rules.find(triple);
        if (rule == parts_.rules.end())
            continue;
        GrantLoss loss = module::subtract(rule->second.grant, grant);
        if (loss.none())
            continue;
        const bool whole = grants_nothing(rule->second.grant);
        if (whole)
            parts_.rules.erase(rule);
        removals.push_back({triple, std::move(loss.permissions), std::move(loss.commands), whole});
    }
    if (format_ == Format::te && !removals.empty())
        forget_requirements(removals);
    return removals;
}

Rules LocalModule::rules() const {
    Rules rules;
    for (const auto& [triple, rule] : parts_.rules)
        rules.emplace_hint(rules.end(), triple, rule.grant);
    return rules;
}

std::vector<verdict::AccessPattern> LocalModule::hidden() const {
    std::vector<verdict::AccessPattern> patterns;
    for (const KeptStatement& statement : parts_.statements)
        if (const auto text = dontaudit_access(statement, format_))
            try {
                patterns.push_back(verdict::AccessPattern::parse(*text, statement.at));
            } catch (const Error&) {
                continue; // not of names only
            }
    return patterns;
}

bool LocalModule::empty() const {
    return parts_.rules.empty() && parts_.statements.empty();
}

bool LocalModule::same_statements(const LocalModule& other) const {
    const auto same_rule = [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.grant.permissions == b.second.grant.permissions &&
               a.second.grant.commands == b.second.grant.commands;
    };
    return std::ranges::equal(parts_.statements, other.parts_.statements, {}, &KeptStatement::key,
                              &KeptStatement::key) &&
           std::ranges::equal(parts_.rules, other.parts_.rules, same_rule);
}

} // namespace selns::module
