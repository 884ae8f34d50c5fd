#include "selns/recipe/file_context.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>

namespace selns::recipe {

namespace {

constexpr std::array<std::string_view, 7> kinds{"--", "-d", "-l", "-c", "-b", "-p", "-s"};

bool is_context(std::string_view text) {
    if (text == "<<none>>")
        return true;
    const auto parts = split(text, ':');
    return parts.size() >= 3 &&
           std::none_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
}

} // namespace

std::string file_context_problem(std::string_view line) {
    const auto fields = split_words(line);
    if (fields.size() < 2 || fields.size() > 3)
        return "expected PATH_REGEX [TYPE] CONTEXT";
    if (fields.size() == 3 && std::find(kinds.begin(), kinds.end(), fields[1]) == kinds.end())
        return "expected --, -d, -l, -c, -b, -p or -s as the file type, got \"" +
               printable(fields[1]) + "\"";
    if (!is_context(fields.back()))
        return "expected a context user:role:type[:range] or <<none>>, got \"" +
               printable(fields.back()) + "\"";
    return {};
}

} // namespace selns::recipe
