#pragma once

#include "selns/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// A CIL expression: a symbol, a quoted string, or a list of expressions.
struct CilNode {
    enum class Kind { symbol, string, list } kind = Kind::list;
    std::string text;           // symbol, or string without its quotes
    std::vector<CilNode> items; // of a list
    int line = 0;               // from 1, where it begins
    std::size_t begin = 0;      // its bytes in the text: [begin, end)
    std::size_t end = 0;

    bool is_list() const { return kind == Kind::list; }
    // The first symbol of a list, its keyword: "allow"; empty when there is none.
    std::string_view keyword() const;
};

// What looks like a comment in the first column, and is a statement to libsepol.
inline constexpr std::string_view cil_line_mark = ";;*";

// How deeply lists may be nested: libsepol's CIL_PARSER_MAX_EXPR_DEPTH. A module's optionals stand
// in each other when pp makes CIL of it, so hundreds are ordinary.
inline constexpr std::size_t deepest_cil = 4096;

// The top-level statements of a CIL text. NAME stands for the file in errors: unbalanced
// parentheses, a string without end, a bare symbol outside of a list, lists nested deeper than
// deepest_cil, bytes that cannot stand in CIL are invalid_input Errors with their line.
std::vector<CilNode> parse_cil(std::string_view text, const std::string& name);

// Visits NODES in their order, each before what is in it, if VISIT says that this is wanted:
// bool(const CilNode&). It does not call itself, since lists are nested thousands deep.
void visit_cil(const std::vector<CilNode>& nodes, auto&& visit) {
    std::vector<const CilNode*> ahead; // the next one last
    const auto put = [&](const std::vector<CilNode>& first) {
        for (std::size_t i = first.size(); i-- > 0;)
            ahead.push_back(&first[i]);
    };
    put(nodes);
    while (!ahead.empty()) {
        const CilNode& node = *ahead.back();
        ahead.pop_back();
        if (visit(node))
            put(node.items);
    }
}

} // namespace selns::selinux
