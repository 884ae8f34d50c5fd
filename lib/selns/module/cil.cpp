#include "selns/selinux/cil.hpp"

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/module/head.hpp"
#include "selns/module/parts.hpp"
#include "selns/selinux/plain_rules.hpp"

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

struct ReadRule {
    Triple triple;
    Grant grant;
};

// The statement as a rule, when it is one of names only.
std::optional<ReadRule> read_rule(const CilNode& node) {
    const auto plain = selinux::plain_rule(node);
    if (!plain || !log::is_name(plain->source) || !log::is_name(plain->tclass) ||
        (plain->target != self && !log::is_name(plain->target)) ||
        !std::ranges::all_of(plain->permissions, log::is_name))
        return {};
    ReadRule rule{{plain->source, plain->target, plain->tclass}, {plain->permissions, {}, {}}};
    if (!plain->commands.empty())
        rule.grant.commands = plain->commands;
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
    std::optional<ReadRule> rule_of(const CilNode& node) const {
        const std::string_view keyword = node.keyword();
        if (keyword != "allow" && keyword != "allowx")
            return {};
        check_shape(node, file_);
        return read_rule(node);
    }

    void take_rule(const CilNode& node, ReadRule rule) {
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
            refuse_dots(node.items[1].text, {file_, node.line});
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
        if (error.hint().empty())
            error.hint("the local module is CIL text, unless its name ends in .te; `semodule -c -E "
                       "NAME` writes an installed module as CIL");
        throw;
    }
}

} // namespace selns::module
