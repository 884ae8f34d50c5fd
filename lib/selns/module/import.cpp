#include "selns/base/text.hpp"
#include "selns/module/grants.hpp"
#include "selns/module/head.hpp"
#include "selns/module/local_module.hpp"
#include "selns/module/te_statement.hpp"

#include <algorithm>
#include <utility>

namespace selns::module {

namespace {

using Kind = RequireBlock::Kind;

std::string_view language_of(Format format) {
    return format == Format::te ? ".te" : "CIL";
}

void check_language(const LocalModule& module, const LocalModule& other,
                    const std::vector<KeptStatement>& statements) {
    if (module.format() == other.format() || statements.empty())
        return;
    const KeptStatement& first = statements.front();
    const std::string text = first.key.substr(0, 60) + (first.key.size() > 60 ? "..." : "");
    throw Error(ErrorKind::invalid_input,
                "not a plain allow rule, so it cannot be taken into a module in " +
                    std::string(language_of(module.format())) + ": " + printable(text))
        .at(first.at)
        .hint("take it into a module in " + std::string(language_of(other.format())) +
              ", or leave this statement in a module of its own");
}

// COMMENT with the mark of FORMAT.
std::string translated(const std::string& comment, Format format) {
    std::string text = comment_mark(format) + comment.substr(1);
    if (format == Format::te && text.starts_with("#line"))
        text.insert(1, " "); // which would be a line mark
    return plain_comment(text, format);
}

void append_statements(ModuleParts& parts, const std::vector<const KeptStatement*>& statements) {
    const bool empty = parts.head.empty() && parts.tail.empty();
    std::string separator = empty ? "" : "\n\n";
    for (const KeptStatement* statement : statements) {
        parts.tail.append(separator).append(statement->text);
        parts.statements.push_back(*statement);
        separator = "\n";
    }
}

// What the module declares itself, checkmodule does not let it require as well.
void merge_requirements(ModuleParts& parts, const ModuleParts& other) {
    parts.require.merge(other.require);
    parts.declared_types.insert(other.declared_types.begin(), other.declared_types.end());
    parts.declared.insert(other.declared.begin(), other.declared.end());
    for (const std::string& name : parts.declared)
        for (const Kind kind : {Kind::type, Kind::attribute})
            parts.require.remove(kind, name);
}

// The words of statements that are kept.
std::set<std::string, std::less<>> words_of(const std::vector<KeptStatement>& statements) {
    std::set<std::string, std::less<>> words;
    for (const KeptStatement& statement : statements)
        for (const std::string_view word : split_words(statement.key))
            words.emplace(word);
    return words;
}

// A macro's call may need names that it does not show.
bool has_macros(const std::vector<KeptStatement>& statements) {
    return std::ranges::any_of(statements, [](const KeptStatement& statement) {
        const auto words = split_words(statement.key);
        return words.empty() || !begins_te_statement(words.front()) ||
               statement.key.find('`') != std::string::npos;
    });
}

} // namespace

Import LocalModule::take(const LocalModule& other) {
    check_language(*this, other, other.parts_.statements);
    for (const auto& [triple, rule] : other.parts_.rules)
        check(triple, rule.grant);
    Import taken;
    for (const auto& [triple, rule] : other.parts_.rules) {
        ModuleRule& mine = parts_.rules[triple];
        const bool widened = !grants_nothing(mine.grant);
        GrantChange change = join_grant(mine.grant, rule.grant);
        mine.grant.seen.merge(rule.grant.seen);
        for (const std::string& comment : rule.comments)
            mine.add_comment(translated(comment, format_), format_);
        if (!change.none())
            taken.changes.push_back({triple, std::move(change.added), std::move(change.commands),
                                     change.all_commands, widened});
    }
    std::vector<const KeptStatement*> missing;
    for (const KeptStatement& statement : other.parts_.statements) {
        if (std::ranges::find(parts_.statements, statement.key, &KeptStatement::key) !=
                parts_.statements.end() ||
            std::ranges::find(taken.statements, statement.key) != taken.statements.end())
            continue;
        missing.push_back(&statement);
        taken.statements.push_back(statement.key);
    }
    append_statements(parts_, missing);
    if (format_ == other.format_)
        merge_requirements(parts_, other.parts_);
    return taken;
}

// What was required for the removed rules, and for nothing else.
void LocalModule::forget_requirements(const std::vector<RuleRemoval>& removals) {
    if (has_macros(parts_.statements))
        return;
    auto words = words_of(parts_.statements);
    std::map<std::string, Permissions> permissions; // of the classes, that rules name
    for (const auto& [triple, rule] : parts_.rules) {
        words.insert({triple.source, triple.target});
        Permissions& named = permissions[triple.tclass];
        named.insert(rule.grant.permissions.begin(), rule.grant.permissions.end());
        if (rule.grant.commands)
            named.insert("ioctl");
    }
    for (const RuleRemoval& removal : removals) {
        for (const std::string& name : {removal.triple.source, removal.triple.target})
            if (removal.whole && !words.contains(name))
                parts_.require.remove(Kind::type, name);
        for (const std::string& permission : removal.permissions)
            if (!permissions[removal.triple.tclass].contains(permission) &&
                !words.contains(permission))
                parts_.require.remove_permission(removal.triple.tclass, permission);
    }
}

} // namespace selns::module
