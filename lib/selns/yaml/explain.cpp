#include "selns/yaml/explain.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <vector>

namespace selns::yaml {

namespace {

std::string_view indentation(std::string_view line) {
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

bool is_blank(std::string_view line) {
    const std::string_view rest = trim(line);
    return rest.empty() || rest.front() == '#';
}

// Of the last line before LINE that says something; empty when there is none.
std::string_view line_before(const std::vector<std::string_view>& lines, std::size_t line) {
    while (line > 0)
        if (const std::string_view before = lines[--line]; !is_blank(before))
            return before;
    return {};
}

// "name:web" where "name: web" was meant.
bool lacks_blank(std::string_view line) {
    const std::string_view words = trim(line);
    const std::size_t colon = words.find(':');
    return colon != std::string_view::npos && colon > 0 && colon + 1 < words.size() &&
           words[colon + 1] != ' ' && words[colon + 1] != '\t' && words[colon + 1] != '/' &&
           words.find_first_of(" \t\"'{[") > colon;
}

// Why a line does not go on from the one before it; empty when that is not the trouble.
std::string about_lines(const std::vector<std::string_view>& lines, std::size_t line) {
    const std::string_view here = lines[line];
    if (indentation(here).find('\t') != std::string_view::npos)
        return "this line is indented with a tab; YAML takes only spaces there";
    const std::string_view before = line_before(lines, line);
    if (lacks_blank(here))
        return "expected a space after the colon";
    if (lacks_blank(before))
        return "expected a space after the colon in the line above";
    const std::size_t deep = indentation(here).size();
    if (deep > indentation(before).size() && !trim(before).ends_with(':'))
        return "this line is indented more than the one above, which has a value already; keys "
               "of one map stand in one column";
    if (deep != indentation(before).size() && !trim(before).ends_with(':'))
        return "this line is not indented like the others of its map or list";
    return {};
}

std::string about_sign(char sign) {
    if (std::string_view("@`%*&!").find(sign) == std::string_view::npos)
        return {};
    return std::string("a text that begins with ") + sign + " needs quotes";
}

} // namespace

std::string explain(std::string_view text, int line, int column, const std::string& message) {
    const auto lines = split(text, '\n');
    if (line < 0 || column < 0 || static_cast<std::size_t>(line) >= lines.size())
        return printable(message);
    const auto at = static_cast<std::size_t>(line);
    const auto position = static_cast<std::size_t>(column);
    if (message == "end of sequence flow not found")
        return "a [ has no closing ], or an item no comma before it";
    if (message == "end of map flow not found")
        return "a { has no closing }, or a key no comma before it";
    if (message.find("illegal tab") != std::string::npos) {
        // The mark may be at the start of the line after it.
        const bool here = lines[at].find('\t') != std::string_view::npos;
        return here ? about_lines(lines, at)
                    : "the line above is indented with a tab; YAML takes only spaces there";
    }
    if (message == "the referenced anchor is not defined")
        return about_sign('*');
    if (message == "unknown token" || message.starts_with("alias not found") ||
        message.starts_with("anchor not found"))
        for (const std::size_t sign : {position, position - 1})
            if (sign < lines[at].size())
                if (const std::string why = about_sign(lines[at][sign]); !why.empty())
                    return why;
    if (const std::string why = about_lines(lines, at); !why.empty())
        return why;
    if (message == "illegal map value" && trim(lines[at]).find(": ") != std::string_view::npos)
        return "a second \": \" in one line: a text that has one needs quotes";
    return printable(message);
}

} // namespace selns::yaml
