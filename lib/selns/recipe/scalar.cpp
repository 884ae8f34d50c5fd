#include "selns/recipe/scalar.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/suggest.hpp"

#include <algorithm>
#include <charconv>

namespace selns::recipe {

namespace {

using yaml::Kind;
using yaml::Node;

constexpr std::size_t shown_length = 60; // bytes of a value in a message

// In quotes, safe to print, and not longer than a message can bear.
std::string in_quotes(std::string_view text) {
    if (text.size() <= shown_length)
        return "\"" + printable(text) + "\"";
    std::size_t end = shown_length;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
        --end;
    return "\"" + printable(text.substr(0, end)) + "...\"";
}

bool is_control(std::string_view text, std::size_t i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0xc2 && i + 1 < text.size()) // U+0080 to U+009F
        return static_cast<unsigned char>(text[i + 1]) < 0xa0;
    return byte < 0x20 || byte == 0x7f;
}

bool allows(Text allowed, std::string_view text) {
    if (allowed == Text::any)
        return true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool layout = allowed == Text::lines && (text[i] == '\n' || text[i] == '\t');
        if (!layout && is_control(text, i))
            return false;
    }
    return true;
}

std::string expected(const std::string& what, const std::string& got) {
    return "expected " + what + ", got " + got;
}

// For a value that is a string only because of its quotes.
const char* unquote_hint(const Node& node, Kind wanted) {
    const bool meant = node.kind == Kind::string && yaml::plain_kind(node.text) == wanted;
    return meant ? "; leave out the quotes" : "";
}

} // namespace

std::string describe(const Node& node) {
    switch (node.kind) {
    case Kind::null:
        return "nothing";
    case Kind::boolean:
        return printable(node.text);
    case Kind::integer:
    case Kind::real:
        return "the number " + printable(node.text.substr(0, shown_length));
    case Kind::string:
        return node.text.empty() ? "an empty text" : in_quotes(node.text);
    case Kind::sequence:
        return "a list";
    case Kind::map:
        return "a map";
    }
    return "something else";
}

namespace {

// A value that is a string to a human, but something else to YAML.
std::string not_a_string(const StringForm& rule, const std::string& what, const Node& node) {
    if (rule.secret)
        return "expected " + what;
    std::string text = expected(what, describe(node));
    Node quoted_node = node;
    quoted_node.kind = Kind::string;
    const bool scalar = node.is_scalar() && node.kind != Kind::null;
    if (scalar && problem(rule, what, quoted_node).empty())
        text += "; put it in quotes: " + in_quotes(node.text);
    return text;
}

} // namespace

std::string problem(const StringForm& rule, const std::string& what, const Node& node) {
    const bool is_text = node.kind == Kind::string || (rule.digits && node.kind == Kind::integer);
    if (!is_text)
        return not_a_string(rule, what, node);
    const std::string got = rule.secret ? "something else" : describe(node);
    const std::string& text = node.text;
    const auto& words = rule.words;
    if (!words.empty() && std::find(words.begin(), words.end(), text) == words.end())
        return expected(what, got) + suggest(text, words);
    if (text.size() < rule.min_length)
        return expected(what, got);
    if (text.size() > rule.max_length)
        return "expected at most " + std::to_string(rule.max_length) + " bytes, got " +
               std::to_string(text.size());
    if (!allows(rule.text, text))
        return expected(what, got) + ", which has a control character";
    if (rule.pattern && !rule.pattern->matches(text))
        return expected(what, got);
    return rule.check != nullptr ? rule.check(text) : std::string();
}

bool is_true(const Node& node) {
    return node.kind == Kind::boolean && (node.text.front() == 't' || node.text.front() == 'T');
}

std::string problem(const BooleanForm& rule, const std::string& what, const Node& node) {
    if (node.kind == Kind::boolean && (is_true(node) || !rule.only_true))
        return {};
    const bool looks_right =
        node.kind == Kind::string && yaml::plain_kind(node.text) == Kind::boolean;
    return expected(what, describe(node)) + (looks_right ? "; leave out the quotes" : "");
}

std::optional<std::uint64_t> number_of(const Node& node) {
    std::uint64_t value = 0;
    const char* const end = node.text.data() + node.text.size();
    const auto [stop, failed] = std::from_chars(node.text.data(), end, value);
    if (node.kind != Kind::integer || failed != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

std::string problem(const NumberForm& rule, const std::string& what, const Node& node) {
    const auto value = number_of(node);
    if (value && *value >= rule.min && *value <= rule.max)
        return {};
    return expected(what, describe(node)) + unquote_hint(node, Kind::integer);
}

std::optional<std::uint64_t> size_of(const Node& node) {
    const bool is_size = node.kind == Kind::integer || node.kind == Kind::string;
    if (!is_size || node.text.size() > 30 || !size_pattern().matches(node.text))
        return std::nullopt;
    return parse_size(node.text);
}

std::string problem(const SizeForm& rule, const std::string& what, const Node& node) {
    const auto value = size_of(node);
    if (value && *value >= rule.min && *value <= rule.max)
        return {};
    return expected(what, describe(node));
}

} // namespace selns::recipe
