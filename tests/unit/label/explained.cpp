#include "unit/label/explained.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

namespace selns::label::test {

namespace {

std::string context_of(const Specification& specification) {
    return specification.context.empty() ? "(none)" : specification.context;
}

// How many aliases of FILE PATH starts with.
int aliases_of(const std::optional<SpecificationFile>& file, const std::string& path) {
    int count = 0;
    const std::string text = file ? file->text : std::string();
    for (const auto line : split(text, '\n')) {
        const auto words = split_words(line);
        if (words.size() < 2 || words[0].starts_with('#') || !path.starts_with(words[0]))
            continue;
        const char next = path.c_str()[words[0].size()];
        count += next == '\0' || next == '/' ? 1 : 0;
    }
    return count;
}

bool has_backslash_in_first_component(const Specification& specification) {
    const std::string& regex = specification.regex;
    return regex.substr(0, regex.find('/', 1)).find('\\') != std::string::npos;
}

// Components without metacharacters at the start of REGEX.
std::ptrdiff_t stem_depth(std::string regex) {
    constexpr std::string_view metacharacters = ".^$?*+|[({";
    for (std::size_t at = 0; at < regex.size(); ++at)
        if (regex[at] == '\\')
            ++at;
        else if (metacharacters.find(regex[at]) != std::string_view::npos)
            regex.resize(at);
    return std::ranges::count(regex, '/');
}

// Whether one without a label has more of them than the one that comes first.
bool has_deeper_none(const std::vector<const Specification*>& candidates) {
    return std::ranges::any_of(candidates, [&](const Specification* one) {
        return one->context.empty() && !candidates.front()->context.empty() &&
               stem_depth(one->regex) > stem_depth(candidates.front()->regex);
    });
}

bool has_class_escape(const Specification& specification) {
    const std::string& regex = specification.regex;
    for (std::size_t at = regex.find('\\'); at != std::string::npos; at = regex.find('\\', at + 2))
        if (at + 1 < regex.size() && std::isalpha(static_cast<unsigned char>(regex[at + 1])) != 0)
            return true;
    return false;
}

} // namespace

std::string explanation(const Specifications& specifications, const Matcher& matcher,
                        std::string path, const std::string& theirs) {
    while (path.ends_with('/'))
        path.pop_back();
    if (path.ends_with('\n'))
        return "a name that ends in a newline";
    if (aliases_of(specifications.subs, path) > 1 || aliases_of(specifications.subs_dist, path) > 1)
        return "aliases that overlap";
    const auto candidates = matcher.candidates(path, 0);
    if (theirs == "(none)" && has_deeper_none(candidates))
        return "a deeper <<none>>";
    const auto is_theirs = [&](const Specification* one) { return context_of(*one) == theirs; };
    std::vector<const Specification*> literals;
    std::ranges::copy_if(candidates, std::back_inserter(literals),
                         [](const Specification* one) { return is_literal(*one); });
    if (std::ranges::any_of(literals, [](const auto* one) { return has_class_escape(*one); }))
        return "a class as an escape, and no metacharacter";
    if (literals.size() > 1 && std::ranges::any_of(literals, is_theirs))
        return "one path in two lines without metacharacters";
    if (std::ranges::any_of(matcher.specifications(), [&](const Specification& one) {
            return has_backslash_in_first_component(one) && is_theirs(&one);
        }))
        return "a backslash in the first component";
    return {};
}

} // namespace selns::label::test
