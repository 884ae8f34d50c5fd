#include "selns/selinux/cil.hpp"

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/module/head.hpp"
#include "selns/module/parts.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace selns::module {

namespace {

using selinux::CilNode;

constexpr std::string_view gen_require = "cil_gen_require";

std::string without_layout(const CilNode& node) {
    if (node.kind == CilNode::Kind::symbol)
        return node.text;
    if (node.kind == CilNode::Kind::string)
        return '"' + node.text + '"';
    std::vector<std::string> items;
    std::ranges::transform(node.items, std::back_inserter(items), without_layout);
    return '(' + join(items, " ") + ')';
}

bool is_name_node(const CilNode& node) {
    return node.kind == CilNode::Kind::symbol && log::is_name(node.text);
}

struct PlainRule {
    Triple triple;
    Grant grant;
};

// Source and target, when they are names.
std::optional<Triple> plain_subject(const CilNode& node) {
    const CilNode& source = node.items[1];
    const CilNode& target = node.items[2];
    const bool itself = target.kind == CilNode::Kind::symbol && target.text == self;
    if (!is_name_node(source) || (!itself && !is_name_node(target)))
        return {};
    return Triple{source.text, target.text, {}};
}

// The statement as a rule, when it is one of names only: (allow a b (c (p q))).
std::optional<PlainRule> plain_allow(const CilNode& node) {
    auto subject = plain_subject(node);
    const CilNode& access = node.items[3];
    if (!subject || access.items.size() != 2)
        return {};
    const CilNode& permissions = access.items[1];
    if (!is_name_node(access.items[0]) || permissions.items.empty() ||
        !std::ranges::all_of(permissions.items, is_name_node))
        return {};
    PlainRule rule{std::move(*subject), {}};
    rule.triple.tclass = access.items[0].text;
    for (const CilNode& permission : permissions.items)
        rule.grant.permissions.insert(permission.text);
    return rule;
}

bool add_range(const CilNode& first, const CilNode& last, Commands& commands) {
    return first.kind == CilNode::Kind::symbol && last.kind == CilNode::Kind::symbol &&
           add_commands(first.text, last.text, commands);
}

bool add_node(const CilNode& node, Commands& commands) {
    if (node.keyword() == "range")
        return node.items.size() == 3 && add_range(node.items[1], node.items[2], commands);
    return add_range(node, node, commands);
}

// (allowx a b (ioctl c (0x1 (range 0x2 0x3)))), and a range alone in place of the list.
std::optional<PlainRule> plain_allowx(const CilNode& node) {
    const auto subject = plain_subject(node);
    const CilNode& access = node.items[3];
    if (!subject || access.items.size() != 3 || access.keyword() != ioctl ||
        !is_name_node(access.items[1]) || !access.items[2].is_list())
        return {};
    PlainRule rule{*subject, {}};
    rule.triple.tclass = access.items[1].text;
    Commands commands;
    const CilNode& list = access.items[2];
    const bool plain = list.keyword() == "range"
                           ? add_node(list, commands)
                           : std::ranges::all_of(list.items, [&](const CilNode& item) {
                                 return add_node(item, commands);
                             });
    if (!plain || commands.empty())
        return {};
    rule.grant.commands = std::move(commands);
    return rule;
}

// What a module made of a .pp requires, by (typeattributeset cil_gen_require a) and the like.
bool is_requirement(const CilNode& node) {
    const std::string_view keyword = node.keyword();
    return (keyword == "typeattributeset" || keyword == "roleattributeset") &&
           node.items.size() == 3 && node.items[1].text == gen_require &&
           is_name_node(node.items[2]);
}

void check_shape(const CilNode& node, const std::string& file) {
    if (node.items.size() != 4 || node.items[1].is_list() || node.items[2].is_list())
        throw Error(ErrorKind::invalid_input,
                    node.keyword() == "allow"
                        ? "expected (allow SOURCE TARGET (CLASS (PERMISSION ...)))"
                        : "expected (allowx SOURCE TARGET (ioctl CLASS (COMMAND ...)))")
            .at({file, node.line});
}

// In a rule of names only there are no strings that could hold a ";".
std::vector<std::string> comments_in(std::string_view text) {
    std::vector<std::string> comments;
    for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at)) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        comments.push_back(plain_comment(text.substr(at, end - at), Format::cil));
        at = end;
    }
    return comments;
}

class CilReader {
  public:
    CilReader(std::string_view text, const std::string& file, Reading reading)
        : text_(text), file_(file), reading_(reading), head_(text, Format::cil) {}

    ModuleParts run() {
        for (const CilNode& node : selinux::parse_cil(text_, file_)) {
            auto rule = rule_of(node);
            if (rule)
                take_rule(node, std::move(*rule));
            else if (reading_ == Reading::own || !is_requirement(node))
                keep(node);
        }
        std::tie(parts_.head, parts_.tail) = head_.finish();
        return std::move(parts_);
    }

  private:
    std::optional<PlainRule> rule_of(const CilNode& node) const {
        const std::string_view keyword = node.keyword();
        if (keyword != "allow" && keyword != "allowx")
            return {};
        check_shape(node, file_);
        return keyword == "allow" ? plain_allow(node) : plain_allowx(node);
    }

    void take_rule(const CilNode& node, PlainRule rule) {
        std::vector<std::string> comments = head_.take_rule(node.begin, node.end);
        for (std::string& comment : comments_in(text_.substr(node.begin, node.end - node.begin)))
            comments.push_back(std::move(comment));
        add_rule(parts_, rule.triple, rule.grant, comments, Format::cil, {file_, node.line});
    }

    void keep(const CilNode& node) {
        head_.keep(node.begin, node.end);
        parts_.statements.push_back({without_layout(node),
                                     std::string(text_.substr(node.begin, node.end - node.begin)),
                                     {file_, node.line}});
        if (node.keyword() == "type" && node.items.size() == 2) {
            parts_.declared_types.insert(node.items[1].text);
            parts_.declared.insert(node.items[1].text);
        }
    }

    std::string_view text_;
    const std::string& file_;
    Reading reading_;
    HeadBuilder head_;
    ModuleParts parts_;
};

} // namespace

ModuleParts read_cil_module(std::string_view text, const std::string& file, Reading reading) {
    try {
        return CilReader(text, file, reading).run();
    } catch (Error& error) {
        error.hint("the local module is CIL text, unless its name ends in .te; `semodule -c -E "
                   "NAME` writes an installed module as CIL");
        throw;
    }
}

} // namespace selns::module
