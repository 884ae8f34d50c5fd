#include "selns/label/pattern.hpp"

namespace selns::label {

namespace {

constexpr std::string_view metacharacters = ".^$?*+|[({";

bool is_metacharacter(char c) {
    return metacharacters.find(c) != std::string_view::npos;
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool has_metacharacters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (is_metacharacter(text[i]))
            return true;
    }
    return false;
}

// The end of the character class that starts at BEGIN, or npos when it is not a plain one.
std::size_t class_end(std::string_view text, std::size_t begin) {
    std::size_t i = begin + 1;
    if (i < text.size() && text[i] == '^')
        ++i;
    if (i < text.size() && text[i] == ']')
        ++i;
    for (; i < text.size(); ++i) {
        if (text[i] == ']')
            return i;
        if (text[i] == '[')
            return std::string_view::npos;
        if (text[i] == '\\')
            ++i;
    }
    return std::string_view::npos;
}

// Whether a "|" may stand outside every group: then a match need not start like the text. Says yes
// when it is not sure.
bool may_alternate_at_top(std::string_view text) {
    if (text.find('|') == std::string_view::npos)
        return false;
    for (const std::string_view odd : {"(?", "(*", "\\Q"})
        if (text.find(odd) != std::string_view::npos)
            return true;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
        case '\\':
            ++i;
            break;
        case '[':
            i = class_end(text, i);
            if (i == std::string_view::npos)
                return true;
            break;
        case '(':
            ++depth;
            break;
        case ')':
            if (--depth < 0)
                return true;
            break;
        case '|':
            if (depth == 0)
                return true;
            break;
        default:
            break;
        }
    }
    return false;
}

std::string_view stem_of_text(std::string_view text) {
    const auto end = text.find('/', 1);
    if (end == std::string_view::npos)
        return {};
    const auto stem = text.substr(0, end);
    return stem.find_first_of(metacharacters) == std::string_view::npos ? stem : std::string_view();
}

// Moves the literal start of TEXT into PREFIX and returns what follows.
std::string_view take_prefix(std::string_view text, std::string& prefix) {
    std::size_t i = 0;
    while (i < text.size()) {
        const char c = text[i];
        if (c == '\\') {
            if (i + 1 == text.size() || is_alphanumeric(text[i + 1]))
                break;
            prefix += text[i + 1];
            i += 2;
        } else if (is_metacharacter(c) || c == ')') {
            break;
        } else {
            prefix += c;
            ++i;
        }
    }
    return text.substr(i);
}

// Whether REST can make the character before it optional: a quantifier, or something that PCRE2
// reads over, such as \E or a comment, before one.
bool may_quantify(std::string_view rest) {
    if (rest.empty())
        return false;
    return rest[0] == '?' || rest[0] == '*' || rest[0] == '{' || rest[0] == '\\' ||
           rest.starts_with("(?") || rest.starts_with("(*");
}

Pattern::Tail tail_of(std::string_view rest) {
    if (rest.empty())
        return Pattern::Tail::nothing;
    if (rest == ".*")
        return Pattern::Tail::anything;
    if (rest == ".+")
        return Pattern::Tail::something;
    if (rest == "(/.*)?")
        return Pattern::Tail::subtree;
    return Pattern::Tail::regex;
}

} // namespace

Pattern analyse(std::string_view text) {
    Pattern pattern;
    pattern.literal = !has_metacharacters(text);
    pattern.stem = stem_of_text(text);
    if (may_alternate_at_top(text))
        return pattern;
    const auto rest = take_prefix(text, pattern.prefix);
    pattern.tail = tail_of(rest);
    if (may_quantify(rest) && !pattern.prefix.empty())
        pattern.prefix.pop_back();
    return pattern;
}

std::string_view stem_of_path(std::string_view path) {
    const auto end = path.find('/', 1);
    return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

} // namespace selns::label
