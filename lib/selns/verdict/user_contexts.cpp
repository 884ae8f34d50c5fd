#include "selns/verdict/user_contexts.hpp"

#include "selns/label/pattern.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/file_contexts.hpp"
#include "selns/verdict/verdict.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace selns::verdict {

namespace {

std::string_view user_of(std::string_view context) {
    return context.substr(0, context.find(':'));
}

std::string with_user(std::string context, std::string_view user) {
    return context.replace(0, user_of(context).size(), user);
}

class UserSearch {
  public:
    UserSearch(const log::Denial& denial, const label::Matcher& matcher)
        : denial_(denial), matcher_(matcher), user_(user_of(denial.scontext)) {}

    void look_for(const std::string& object) {
        if (object.starts_with('/'))
            look_for_path(object);
        else
            look_for_name(object);
    }

    std::set<std::string> lines;
    bool there = false;

  private:
    void look_for_path(const std::string& path) {
        const auto* found = matcher_.find(path, mode_of(denial_.tclass));
        if (found == nullptr || found->context.empty())
            return;
        if (label::literal_path(found->regex))
            return take(*found);
        label::Specification own = *found; // which is about others, too
        own.regex = label::regex_of(path);
        take(own);
    }

    void look_for_name(const std::string& name) {
        for (const label::Specification& specification : matcher_.specifications())
            if (specification.context == denial_.tcontext)
                if (const auto path = label::literal_path(specification.regex);
                    path && std::string_view(*path).substr(path->rfind('/') + 1) == name)
                    take(specification);
    }

    // The one that counts may have the user already.
    void take(const label::Specification& specification) {
        const auto path = label::literal_path(specification.regex);
        const std::uint32_t type =
            specification.type == 0 ? mode_of(denial_.tclass) : specification.type;
        const auto* now = path ? matcher_.find(*path, type) : nullptr;
        const std::string wanted = with_user(specification.context, user_);
        if (now != nullptr && now->context == wanted) {
            there = true;
            return;
        }
        label::Specification line = specification;
        line.context = wanted;
        lines.insert(label::text_of(line));
    }

    const log::Denial& denial_;
    const label::Matcher& matcher_;
    std::string_view user_;
};

} // namespace

UserContexts user_contexts(const Finding& finding, std::span<const log::Denial> denials,
                           const label::Matcher& matcher) {
    if (finding.verdict != Verdict::constraint ||
        finding.reason.find("u1 == u2") == std::string::npos)
        return {};
    UserContexts result;
    std::set<std::string> lines;
    for (const log::Denial& denial : denials) {
        if (denial.tclass != finding.triple.tclass || // which is quick to tell
            triple_of(denial) != finding.triple ||
            user_of(denial.scontext) == user_of(denial.tcontext))
            continue;
        UserSearch search(denial, matcher);
        for (const std::string& object : finding.seen.objects)
            search.look_for(object);
        lines.merge(search.lines);
        result.there = result.there || search.there;
    }
    result.lines = {lines.begin(), lines.end()};
    return result;
}

} // namespace selns::verdict
