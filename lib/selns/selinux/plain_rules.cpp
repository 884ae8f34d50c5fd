#include "selns/selinux/plain_rules.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace selns::selinux {

namespace {

constexpr std::string_view ioctl = "ioctl"; // extended permissions of other kinds are not plain

std::optional<PlainRule::Kind> kind_of(std::string_view keyword) {
    using Kind = PlainRule::Kind;
    return keyword == "allow"        ? std::optional(Kind::allow)
           : keyword == "auditallow" ? std::optional(Kind::auditallow)
           : keyword == "dontaudit"  ? std::optional(Kind::dontaudit)
           : keyword == "allowx"     ? std::optional(Kind::allow_commands)
                                     : std::nullopt;
}

bool is_symbol(const CilNode& node) {
    return node.kind == CilNode::Kind::symbol;
}

std::optional<std::uint16_t> command_of(std::string_view text) {
    const bool hex = text.starts_with("0x");
    if (!hex && text.size() > 1 && text.starts_with('0'))
        return {};
    text.remove_prefix(hex ? 2 : 0);
    std::uint16_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size())
        return {};
    return value;
}

// A command, or a range of them.
bool add_node(const CilNode& node, std::set<std::uint16_t>& commands) {
    if (is_symbol(node))
        return add_commands(node.text, node.text, commands);
    return node.keyword() == "range" && node.items.size() == 3 && is_symbol(node.items[1]) &&
           is_symbol(node.items[2]) &&
           add_commands(node.items[1].text, node.items[2].text, commands);
}

// (CLASS (PERMISSION ...))
bool read_permissions(const CilNode& access, PlainRule& rule) {
    if (access.items.size() != 2 || !is_symbol(access.items[0]) || access.items[1].items.empty())
        return false;
    rule.tclass = access.items[0].text;
    for (const CilNode& permission : access.items[1].items) {
        if (!is_symbol(permission))
            return false;
        rule.permissions.insert(permission.text);
    }
    return true;
}

// (ioctl CLASS (COMMAND ...)), and a range alone in place of the list.
bool read_commands(const CilNode& access, PlainRule& rule) {
    if (access.items.size() != 3 || access.keyword() != ioctl || !is_symbol(access.items[1]) ||
        !access.items[2].is_list())
        return false;
    rule.tclass = access.items[1].text;
    const CilNode& list = access.items[2];
    const auto add = [&](const CilNode& node) { return add_node(node, rule.commands); };
    const bool read = list.keyword() == "range" ? add(list) : std::ranges::all_of(list.items, add);
    return read && !rule.commands.empty();
}

} // namespace

bool add_commands(std::string_view first, std::string_view last,
                  std::set<std::uint16_t>& commands) {
    const auto from = command_of(first);
    const auto to = command_of(last);
    if (!from || !to || *from > *to)
        return false;
    for (std::uint32_t command = *from; command <= *to; ++command)
        commands.insert(commands.end(), static_cast<std::uint16_t>(command));
    return true;
}

std::optional<PlainRule> plain_rule(const CilNode& statement) {
    const auto kind = kind_of(statement.keyword());
    if (!kind || statement.items.size() != 4 || !is_symbol(statement.items[1]) ||
        !is_symbol(statement.items[2]))
        return {};
    PlainRule rule;
    rule.kind = *kind;
    rule.source = statement.items[1].text;
    rule.target = statement.items[2].text;
    const bool read = *kind == PlainRule::Kind::allow_commands
                          ? read_commands(statement.items[3], rule)
                          : read_permissions(statement.items[3], rule);
    return read ? std::optional(std::move(rule)) : std::nullopt;
}

std::optional<std::vector<PlainRule>> plain_rules(std::string_view text, const std::string& name) {
    std::vector<PlainRule> rules;
    if (text.find(cil_line_mark) != std::string_view::npos)
        return {};
    for (const CilNode& statement : parse_cil(text, name)) {
        auto rule = plain_rule(statement);
        if (!rule)
            return {};
        rules.push_back(*std::move(rule));
    }
    return rules;
}

std::optional<std::string> plain_rules_of_package(std::string_view text, const std::string& name) {
    std::string rules;
    for (const CilNode& statement : parse_cil(text, name)) {
        const std::string_view keyword = statement.keyword();
        const bool required = (keyword == "typeattributeset" || keyword == "roleattributeset") &&
                              statement.items.size() == 3 && is_symbol(statement.items[2]) &&
                              statement.items[1].text == "cil_gen_require";
        if (required)
            continue;
        if (!plain_rule(statement))
            return {};
        rules.append(text.substr(statement.begin, statement.end - statement.begin)).append("\n");
    }
    return rules;
}

} // namespace selns::selinux
