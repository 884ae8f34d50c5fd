#include "selns/recipe/suggest.hpp"

#include "selns/base/text.hpp"

#include <algorithm>

namespace selns::recipe {

namespace {

std::string folded(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool same_letters(std::string a, std::string b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

bool same_start(std::string_view a, std::string_view b) {
    const auto [end, ignored] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    const auto shared = static_cast<std::size_t>(end - a.begin());
    return shared >= 3 && 2 * shared >= std::min(a.size(), b.size()) + 2;
}

} // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > 100)
        return {};
    const std::string lower = folded(word);
    if (std::string meant = did_you_mean(lower, candidates); !meant.empty())
        return meant;
    for (const std::string& candidate : candidates)
        if (same_letters(lower, candidate) || same_start(lower, candidate))
            return " (did you mean " + candidate + "?)";
    return {};
}

} // namespace selns::recipe
