#include "selns/recipe/context.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace selns::recipe {

namespace {

bool is_identifier(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
    });
}

// In a range, "-" and "." join names.
bool is_sensitivity_or_category(std::string_view text) {
    return is_identifier(text) && text.find_first_of(".-") == std::string_view::npos;
}

// "c0.c1023,c2"
bool are_categories(std::string_view text) {
    return std::ranges::all_of(split(text, ','), [](std::string_view part) {
        const auto ends = split(part, '.');
        return ends.size() <= 2 && std::ranges::all_of(ends, is_sensitivity_or_category);
    });
}

bool is_level(std::string_view text) {
    const std::size_t colon = text.find(':');
    return is_sensitivity_or_category(text.substr(0, colon)) &&
           (colon == std::string_view::npos || are_categories(text.substr(colon + 1)));
}

bool is_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    return is_level(text.substr(0, dash)) &&
           (dash == std::string_view::npos || is_level(text.substr(dash + 1)));
}

} // namespace

std::string context_problem(std::string_view text) {
    const std::string wanted = "expected a context user:role:type[:range]";
    const std::string got = ", got \"" + printable(text) + "\"";
    const auto parts = split(text, ':');
    if (parts.size() < 3 || !std::all_of(parts.begin(), parts.begin() + 3, is_identifier))
        return wanted + got;
    std::size_t range = 0;
    for (int colons = 0; colons < 3 && range != std::string_view::npos; ++colons)
        range = text.find(':', range == 0 ? 0 : range + 1);
    if (range != std::string_view::npos && !is_range(text.substr(range + 1)))
        return wanted + " with a range such as s0 or s0-s0:c0.c1023" + got;
    return {};
}

std::string process_context_problem(std::string_view text) {
    if (auto problem = context_problem(text); !problem.empty())
        return problem;
    if (split(text, ':')[1] == "object_r")
        return "expected the context of a process, got \"" + printable(text) +
               "\": object_r is the role of files";
    return {};
}

} // namespace selns::recipe
