#include "selns/recipe/file_context.hpp"

#include "selns/base/file_type.hpp"
#include "selns/base/text.hpp"
#include "selns/recipe/context.hpp"

namespace selns::recipe {

namespace {

// A path is absolute; an expression may begin it otherwise, as "(/usr)?/srv" does.
bool may_begin_a_path(std::string_view regex) {
    const std::string_view opening = "/(\\[^";
    return opening.find(regex.front()) != std::string_view::npos || regex.starts_with(".*") ||
           regex.starts_with(".+");
}

} // namespace

std::string file_context_problem(std::string_view line) {
    const auto fields = split_words(line);
    if (fields.size() < 2 || fields.size() > 3)
        return "expected PATH_REGEX [TYPE] CONTEXT";
    if (fields.size() == 3 && !marked_type(fields[1]))
        return "expected " + either(type_marks()) + " as the file type, got \"" +
               printable(fields[1]) + "\"";
    if (fields.front().starts_with("HOME_DIR") || fields.front().starts_with("HOME_ROOT"))
        return "expected a path, got \"" + printable(fields.front()) +
               "\": only modules have templates of home directories";
    if (!may_begin_a_path(fields.front()))
        return "expected a path that begins with /, got \"" + printable(fields.front()) + "\"";
    if (fields.back() == "<<none>>")
        return {};
    const std::string problem = context_problem(fields.back());
    return problem.empty() ? problem : problem + " (or <<none>>)";
}

} // namespace selns::recipe
