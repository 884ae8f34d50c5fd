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

// The top-level statements of a CIL text. NAME stands for the file in errors: unbalanced
// parentheses, a string without end, a bare symbol outside of a list, nesting deeper than 200,
// bytes that cannot stand in CIL are invalid_input Errors with their line.
std::vector<CilNode> parse_cil(std::string_view text, const std::string& name);

} // namespace selns::selinux
