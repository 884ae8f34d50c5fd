#include "selns/module/parts.hpp"

#include "selns/base/text.hpp"
#include "selns/module/head.hpp"
#include "selns/module/print_rules.hpp"
#include "selns/module/provenance.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace selns::module {

namespace {

using Kind = RequireBlock::Kind;

// A few bytes of text can stand for many rules or commands.
constexpr std::size_t most_rules_and_commands = 1'000'000;
constexpr std::size_t rule_size = 320; // of a rule with its provenance

RequireBlock all_requirements(const ModuleParts& parts) {
    std::set<std::string_view> types;
    std::map<std::string_view, std::set<std::string_view>> classes;
    for (const auto& [triple, rule] : parts.rules) {
        types.insert({triple.source, triple.target});
        auto& permissions = classes[triple.tclass];
        permissions.insert(rule.grant.permissions.begin(), rule.grant.permissions.end());
        if (rule.grant.commands)
            permissions.insert(ioctl);
    }
    types.erase(self);
    RequireBlock require = parts.require;
    for (const std::string_view type : types)
        if (const std::string name(type);
            !parts.declared.contains(name) && !require.has(Kind::attribute, name))
            require.add(Kind::type, name);
    for (const auto& [tclass, permissions] : classes)
        require.add_class(std::string(tclass), {permissions.begin(), permissions.end()});
    return require;
}

// Everything but the rules.
std::string print_body(const ModuleParts& parts, Format format) {
    const RequireBlock require = format == Format::te ? all_requirements(parts) : RequireBlock();
    if (require.empty())
        return std::string(without_end_blanks(parts.head)) + parts.tail;
    return parts.head + require.str() + parts.tail;
}

void print_rule(const Triple& triple, const ModuleRule& rule, Format format, std::string& text) {
    for (const std::string& comment : rule.comments)
        text.append(comment).push_back('\n');
    for (const std::string& line :
         {provenance_line(rule.grant.seen, format), unseen_line(rule.grant.unseen, format)})
        if (!line.empty())
            text.append(line).push_back('\n');
    text.append(to_text(triple, rule.grant, format)).push_back('\n');
}

} // namespace

void ModuleRule::add_comment(std::string_view line, Format format) {
    if (format == Format::te && is_section_heading(line))
        return; // which is written anew
    if (const auto unseen = parse_unseen(line, format)) {
        for (const std::string& permission : *unseen)
            if (grant.permissions.contains(permission))
                grant.unseen.insert(permission);
    } else if (auto seen = parse_provenance(line, format)) {
        if (grant.seen == log::Seen())
            grant.seen = std::move(*seen);
        else
            grant.seen.merge(*seen);
    } else if (std::ranges::find(comments, line) == comments.end())
        comments.emplace_back(line);
}

void add_rule(ModuleParts& parts, const Triple& triple, const Grant& grant,
              const std::vector<std::string>& comments, Format format, const Location& at) {
    // In a file of this library's own making, each rule is behind the one before.
    const bool last = parts.rules.empty() || parts.rules.rbegin()->first < triple;
    ModuleRule& rule =
        last ? parts.rules.try_emplace(parts.rules.end(), triple)->second : parts.rules[triple];
    rule.grant.permissions.insert(grant.permissions.begin(), grant.permissions.end());
    if (grant.commands) {
        Commands& commands =
            rule.grant.commands ? *rule.grant.commands : rule.grant.commands.emplace();
        commands.insert(grant.commands->begin(), grant.commands->end());
    }
    for (const std::string& comment : comments)
        rule.add_comment(comment, format);
    parts.size += 1 + (grant.commands ? grant.commands->size() : 0);
    if (parts.size > most_rules_and_commands)
        throw Error(ErrorKind::invalid_input, "up to here there are more than " +
                                                  std::to_string(most_rules_and_commands) +
                                                  " rules and ioctl commands")
            .at(at);
}

void refuse_dots(const std::string& name, const Location& at) {
    if (name.find('.') != std::string::npos)
        throw Error(ErrorKind::invalid_input, "a type with a dot in its name: " + printable(name))
            .at(at)
            .hint("semodule refuses such a module since it makes CIL of it; name the type "
                  "otherwise, and write typebounds yourself");
}

std::string print_module(const ModuleParts& parts, Format format) {
    std::string text = print_body(parts, format);
    if (!text.empty())
        text += parts.rules.empty() || format == Format::te ? "\n" : "\n\n";
    text.reserve(text.size() + parts.rules.size() * rule_size);
    const std::string* source = nullptr;
    for (const auto& [triple, rule] : parts.rules) {
        if (format == Format::te && (source == nullptr || *source != triple.source))
            text.append("\n").append(section_heading(triple.source)).append("\n");
        source = &triple.source;
        print_rule(triple, rule, format, text);
    }
    return text;
}

} // namespace selns::module
