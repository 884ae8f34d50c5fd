#include "selns/label/pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::label {

namespace {

constexpr std::string_view metacharacters = ".^$?*+|[({";
constexpr std::string_view subtree_tail = "(/.*)?";

bool is_metacharacter(char c) {
    static constexpr auto table = [] {
        std::array<bool, 256> result{};
        for (const char meta : metacharacters)
            result[static_cast<unsigned char>(meta)] = true;
        return result;
    }();
    return table[static_cast<unsigned char>(c)];
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

// Moves the literal start of TEXT into PREFIX and returns what follows.
std::string_view take_prefix(std::string_view text, std::string& prefix) {
    std::size_t i = 0;
    prefix.reserve(text.size());
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
    if (rest == subtree_tail)
        return Pattern::Tail::subtree;
    if (rest == "[^/]*")
        return Pattern::Tail::component;
    if (rest == "[^/]+")
        return Pattern::Tail::some_component;
    return Pattern::Tail::regex;
}

} // namespace

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string_view literal_start(std::string_view regex, std::string& storage) {
    const auto* const end = std::ranges::find_if(
        regex, [](char c) { return c == '\\' || c == ')' || is_metacharacter(c); });
    if (end == regex.end() || *end != '\\')
        return {regex.begin(), end};
    storage.clear();
    take_prefix(regex, storage);
    return storage;
}

std::optional<std::string> literal_path(std::string_view regex) {
    if (regex.ends_with(subtree_tail))
        regex.remove_suffix(subtree_tail.size());
    std::string path;
    return take_prefix(regex, path).empty() ? std::optional(std::move(path)) : std::nullopt;
}

std::string regex_of(std::string_view text) {
    constexpr std::string_view others = ")]}\\";
    std::string regex;
    for (const char c : text) {
        if (is_metacharacter(c) || others.find(c) != std::string_view::npos)
            regex += '\\';
        regex += c;
    }
    return regex;
}

Pattern analyse(std::string_view text) {
    Pattern pattern;
    pattern.literal = !has_metacharacters(text);
    const auto stem = stem_of_text(text);
    pattern.check_stem = !stem.empty();
    if (may_alternate_at_top(text))
        return pattern;
    const auto rest = take_prefix(text, pattern.prefix);
    pattern.tail = tail_of(rest);
    if (may_quantify(rest) && !pattern.prefix.empty())
        pattern.prefix.pop_back();
    pattern.check_stem =
        !stem.empty() && !pattern.prefix.starts_with(text.substr(0, stem.size() + 1));
    return pattern;
}

bool fits_tail(Pattern::Tail tail, std::string_view rest) {
    switch (tail) {
    case Pattern::Tail::nothing:
        return rest.empty() || rest == "\n";
    case Pattern::Tail::anything:
        return true;
    case Pattern::Tail::something:
        return !rest.empty();
    case Pattern::Tail::subtree:
        return rest.empty() || rest[0] == '/' || rest == "\n";
    case Pattern::Tail::component:
        return rest.find('/') == std::string_view::npos;
    case Pattern::Tail::some_component:
        return !rest.empty() && rest.find('/') == std::string_view::npos;
    case Pattern::Tail::regex:
        break;
    }
    return false;
}

std::string_view stem_of_text(std::string_view text) {
    const auto end = text.find('/', 1);
    if (end == std::string_view::npos)
        return {};
    const auto stem = text.substr(0, end);
    return std::none_of(stem.begin(), stem.end(), is_metacharacter) ? stem : std::string_view();
}

std::string_view stem_of_path(std::string_view path) {
    const auto end = path.find('/', 1);
    return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

} // namespace selns::label
