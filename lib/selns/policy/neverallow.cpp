#include "selns/policy/neverallow.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <cstdlib>

namespace selns::policy {

namespace {

constexpr std::string_view unknown_mark = ";? ";

[[noreturn]] void damaged(const std::string& name, int line) {
    throw Error(ErrorKind::invalid_input, "not a list of neverallow rules").at({name, line, 0});
}

// "(neverallow a b (c (p q)) module line "words" "words")", with plain names only.
bool is_plain_rule(const selinux::CilNode& node) {
    const auto plain = [](const selinux::CilNode& item) { return !item.is_list(); };
    return node.keyword() == "neverallow" && node.items.size() == 8 && plain(node.items[1]) &&
           std::ranges::all_of(node.items.begin() + 4, node.items.end(), plain) &&
           plain(node.items[2]) && node.items[3].items.size() == 2 &&
           plain(node.items[3].items[0]) && node.items[3].items[1].is_list() &&
           std::ranges::all_of(node.items[3].items[1].items, plain);
}

} // namespace

Neverallows Neverallows::parse(std::string_view text, const std::string& name) {
    Neverallows result;
    for (const std::string_view line : split(text, '\n'))
        if (line.starts_with(unknown_mark))
            result.unknown_.emplace_back(line.substr(unknown_mark.size()));
    for (const selinux::CilNode& node : selinux::parse_cil(text, name)) {
        if (is_plain_rule(node)) {
            Rule rule{node.items[1].text,          node.items[2].text,
                      node.items[3].items[0].text, {},
                      node.items[4].text,          std::atoi(node.items[5].text.c_str()),
                      node.items[6].text,          node.items[7].text};
            for (const selinux::CilNode& permission : node.items[3].items[1].items)
                rule.permissions.insert(permission.text);
            result.rules_.push_back(std::move(rule));
        } else if (node.keyword() == "typeattributeset" && node.items.size() == 3) {
            TypeSet set;
            const selinux::CilNode* types = &node.items[2];
            set.complement = types->keyword() == "not" && types->items.size() == 2;
            if (set.complement)
                types = &types->items[1];
            for (const selinux::CilNode& type : types->items)
                set.types.insert(type.text);
            result.sets_.emplace(node.items[1].text, std::move(set));
        } else {
            damaged(name, node.line);
        }
    }
    return result;
}

bool Neverallows::contains(const std::string& set, std::string_view type) const {
    const auto found = sets_.find(set);
    if (found == sets_.end())
        return set == type;
    return found->second.types.contains(type) != found->second.complement;
}

const Neverallows::Rule* Neverallows::broken_by(std::string_view source, std::string_view target,
                                                std::string_view tclass,
                                                std::string_view permission) const {
    for (const Rule& rule : rules_)
        if (rule.tclass == tclass && rule.permissions.contains(permission) &&
            contains(rule.source, source) &&
            (rule.target == "self" ? source == target : contains(rule.target, target)))
            return &rule;
    return nullptr;
}

std::string to_source(const Neverallows::Rule& rule) {
    const std::string& source = rule.source_words.empty() ? rule.source : rule.source_words;
    const std::string& target = rule.target_words.empty() ? rule.target : rule.target_words;
    std::string text = "neverallow " + source + " " + target + ":" + rule.tclass + " { " +
                       join({rule.permissions.begin(), rule.permissions.end()}, " ") + " };";
    if (!rule.module.empty())
        text += " (module " + rule.module + ", line " + std::to_string(rule.line) + " of its CIL)";
    return text;
}

} // namespace selns::policy
