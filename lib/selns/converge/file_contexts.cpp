#include "selns/converge/file_contexts.hpp"

#include "selns/verdict/verdict.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace selns::converge {

namespace {

std::string_view user_of(std::string_view context) {
    return context.substr(0, context.find(':'));
}

// The last name of the one path that REGEX stands for, maybe with what is below it: ".ssh" of
// "/root/\.ssh(/.*)?". Nothing when it stands for several.
std::optional<std::string> name_in(std::string_view regex) {
    constexpr std::string_view below = "(/.*)?";
    if (regex.ends_with(below))
        regex.remove_suffix(below.size());
    std::string path;
    for (std::size_t i = 0; i < regex.size(); ++i) {
        constexpr std::string_view metacharacters = ".^$?*+|[({";
        if (regex[i] == '\\' && i + 1 < regex.size())
            ++i;
        else if (metacharacters.find(regex[i]) != std::string_view::npos)
            return std::nullopt;
        path += regex[i];
    }
    return path.substr(path.rfind('/') + 1);
}

} // namespace

std::vector<std::string> suggest_file_contexts(const verdict::Finding& finding,
                                               const std::vector<log::Denial>& denials,
                                               const label::Specifications& specifications) {
    if (finding.verdict != verdict::Verdict::constraint ||
        finding.reason.find("u1 == u2") == std::string::npos)
        return {};
    const label::Matcher matcher(specifications);
    std::set<std::string> lines;
    for (const log::Denial& denial : denials) {
        const auto user = user_of(denial.scontext);
        if (verdict::triple_of(denial) != finding.triple || user == user_of(denial.tcontext))
            continue;
        for (const label::Specification& specification : matcher.specifications())
            if (const auto name = name_in(specification.regex);
                name && specification.context == denial.tcontext &&
                std::ranges::count(finding.seen.objects, *name) > 0) {
                auto wanted = specification;
                wanted.context.replace(0, user_of(wanted.context).size(), user);
                lines.insert(label::text_of(wanted));
            }
    }
    return {lines.begin(), lines.end()};
}

} // namespace selns::converge
