#include "selns/base/text.hpp"
#include "selns/denials/module.hpp"
#include "selns/denials/names.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace selns::denials {

namespace {

using selinux::CilNode;

// In the first column this is a line mark, which libsepol counts among the statements.
constexpr std::string_view line_mark = ";;*";

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
    return node.kind == CilNode::Kind::symbol && is_name(node.text);
}

struct PlainRule {
    Triple triple;
    Permissions permissions;
};

// The statement as a rule, when it is one of names only: (allow a b (c (p q))).
std::optional<PlainRule> plain_rule(const CilNode& node) {
    const CilNode& source = node.items[1];
    const CilNode& target = node.items[2];
    const CilNode& access = node.items[3];
    const bool self = target.kind == CilNode::Kind::symbol && target.text == "self";
    if (!is_name_node(source) || (!self && !is_name_node(target)) || access.items.size() != 2)
        return {};
    const CilNode& permissions = access.items[1];
    if (!is_name_node(access.items[0]) || permissions.items.empty() ||
        !std::ranges::all_of(permissions.items, is_name_node))
        return {};
    PlainRule rule{{source.text, target.text, access.items[0].text}, {}};
    for (const CilNode& permission : permissions.items)
        rule.permissions.insert(permission.text);
    return rule;
}

void check_shape(const CilNode& node, const std::string& name) {
    if (node.items.size() != 4 || node.items[1].is_list() || node.items[2].is_list())
        throw Error(ErrorKind::invalid_input,
                    "expected (allow SOURCE TARGET (CLASS (PERMISSION ...)))")
            .at({name, node.line});
}

std::string_view trim_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Without its blank lines at the start; the indentation of the first other line stays.
std::string_view skip_blank_lines(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(text.rfind('\n', first) + 1);
}

// A comment line of a rule, from the first column; a line mark must not come of it.
std::string rule_comment(std::string_view line) {
    const std::string_view comment = trim(line);
    return (comment.starts_with(line_mark) ? "; " : "") + std::string(comment);
}

bool is_comment_line(std::string_view line) {
    return trim(line).starts_with(';') && !line.starts_with(line_mark);
}

} // namespace

// Takes the rules out of a text, each with the comments above and behind it; the rest becomes the
// module's head. What stands between statements is called a gap: blanks and comments.
class ModuleParser {
  public:
    ModuleParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    LocalModule run() {
        for (const CilNode& node : selinux::parse_cil(text_, name_)) {
            std::optional<PlainRule> rule;
            if (node.keyword() == "allow") {
                check_shape(node, name_);
                rule = plain_rule(node);
            }
            if (rule)
                take_rule(node, std::move(*rule));
            else
                keep(node);
        }
        append(text_.substr(at_));
        module_.head_ = trim_end(skip_blank_lines(head_));
        return std::move(module_);
    }

  private:
    void keep(const CilNode& node) {
        append(text_.substr(at_, node.end - at_));
        at_ = node.end;
        module_.statements_.push_back(without_layout(node));
        if (node.keyword() == "type" && node.items.size() == 2)
            module_.declared_types_.insert(node.items[1].text);
    }

    void take_rule(const CilNode& node, PlainRule found) {
        LocalModule::Rule& rule = module_.rules_[found.triple];
        rule.permissions.merge(found.permissions);
        take_comments_above(text_.substr(at_, node.begin - at_), rule);
        at_ = node.end;
        take_comment_behind(rule);
        if (at_line_start())
            close_up();
    }

    bool at_line_start() const { return head_.empty() || head_.ends_with('\n'); }

    // The comment lines that end the gap stay with the rule, up to a blank line.
    void take_comments_above(std::string_view gap, LocalModule::Rule& rule) {
        std::size_t begin = gap.rfind('\n') + 1; // of the rule's own line, in the gap
        const bool own_line = begin > 0 || at_line_start();
        std::vector<std::string> comments;
        while (begin > 0) {
            const std::size_t previous = begin == 1 ? 0 : gap.rfind('\n', begin - 2) + 1;
            const std::string_view line = gap.substr(previous, begin - previous);
            // The first line of a gap is the rest of a kept statement's line, or a whole one.
            if (!is_comment_line(line) || (previous == 0 && !at_line_start()))
                break;
            comments.push_back(rule_comment(line));
            begin = previous;
        }
        append(own_line ? gap.substr(0, begin) : gap);
        std::ranges::reverse(comments);
        for (std::string& comment : comments)
            rule.add_comment(std::move(comment));
    }

    void take_comment_behind(LocalModule::Rule& rule) {
        const std::size_t first = text_.find_first_not_of(" \t", at_);
        if (first == std::string_view::npos || text_[first] != ';')
            return;
        const std::size_t end = std::min(text_.find('\n', first), text_.size());
        rule.add_comment(rule_comment(text_.substr(first, end - first)));
        at_ = end;
    }

    // The rule was all that its line held: the line goes, and does not leave a second blank one.
    void close_up() {
        const bool blank_before = head_.empty() || head_.ends_with("\n\n");
        do {
            const std::size_t first = text_.find_first_not_of(" \t\r", at_);
            if (first == std::string_view::npos || text_[first] != '\n')
                return;
            at_ = first + 1;
        } while (blank_before);
    }

    void append(std::string_view part) { head_.append(part); }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0; // everything before is in the module
    std::string head_;
    LocalModule module_;
};

LocalModule LocalModule::parse(std::string_view text, const std::string& name) {
    if (trim(text).empty())
        return {};
    try {
        return ModuleParser(text, name).run();
    } catch (Error& error) {
        error.hint("the local module is CIL text; `semodule -c -E NAME` writes an installed module "
                   "as CIL");
        throw;
    }
}

} // namespace selns::denials
