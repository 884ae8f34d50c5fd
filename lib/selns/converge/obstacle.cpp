#include "selns/converge/obstacle.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace selns::converge {

namespace {

using verdict::Verdict;

// In YAML, a backslash is one between these, and a quote is doubled.
std::string yaml_string(std::string_view text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("''") : std::string(1, c);
    return result + "'";
}

std::string entry(std::string_view text) {
    return "- " + yaml_string(text);
}

// The first COUNT fields of CONTEXT; levels have colons of their own.
std::string fields_of(std::string_view context, int count) {
    std::size_t end = 0;
    for (int i = 0; i < count; ++i) {
        end = context.find(':', end + (i > 0 ? 1 : 0));
        if (end == std::string_view::npos)
            return std::string(context);
    }
    return std::string(context.substr(0, end));
}

// The workload's context with what the constraint compares as the object has it.
std::string workload_context(const log::Denial& denial, std::string_view reason) {
    const std::string& own = denial.scontext;
    const std::string user = fields_of(denial.tcontext, 1);
    if (reason.find("u1 == u2") == std::string_view::npos || user == fields_of(own, 1))
        return {};
    return user + own.substr(fields_of(own, 1).size());
}

void add_workload_contexts(const verdict::Finding& finding, const std::vector<log::Denial>& denials,
                           const recipe::Recipe& recipe, std::vector<Choice>& choices) {
    for (const log::Denial& denial : denials) {
        if (verdict::triple_of(denial) != finding.triple)
            continue;
        for (std::size_t i = 0; i < recipe.boot.run.size(); ++i) {
            const std::string context = workload_context(denial, finding.reason);
            if (recipe.boot.run[i].context != denial.scontext || context.empty())
                continue;
            Choice choice{fmt::format("boot.run[{}].context", i), yaml_string(context),
                          "the user of what it works on"};
            if (std::ranges::find(choices, choice) == choices.end())
                choices.push_back(std::move(choice));
        }
    }
}

// No specification knows these paths; which type they should have is for a person to say.
void add_unlabelled_paths(const verdict::Finding& finding, std::vector<Choice>& choices) {
    for (const std::string& line : finding.file_contexts)
        choices.push_back({"selinux.file_contexts", entry(line),
                           "or another type that " + finding.triple.source + " may use"});
    if (!finding.statements.empty())
        choices.push_back({"a module of selinux.modules", join(finding.statements, "\n"),
                           "the type that the file context names"});
}

} // namespace

std::string access_of(const verdict::Finding& finding) {
    const std::vector<std::string> names(finding.permissions.begin(), finding.permissions.end());
    return fmt::format("{} {}:{} {{ {} }}", finding.triple.source, finding.triple.target,
                       finding.triple.tclass, join(names, " "));
}

bool stands_in_the_way(const verdict::Finding& finding) {
    return finding.verdict != Verdict::allow && finding.verdict != Verdict::dontaudit &&
           !finding.hidden && !verdict::is_settled(finding.verdict);
}

Obstacle obstacle_of(const verdict::Finding& finding, const std::vector<log::Denial>& denials,
                     const recipe::Recipe& recipe) {
    Obstacle obstacle{access_of(finding),
                      std::string(verdict::name_of(finding.verdict)),
                      finding.reason,
                      finding.advice,
                      {}};
    auto& choices = obstacle.choices;
    switch (finding.verdict) {
    case Verdict::constraint:
        for (const std::string& line : finding.file_contexts)
            choices.push_back({"selinux.file_contexts", entry(line), {}});
        add_workload_contexts(finding, denials, recipe, choices);
        break;
    case Verdict::boolean:
        for (const std::string_view setting : split(finding.reason, ','))
            choices.push_back({"selinux.booleans", std::string(trim(setting)),
                               "all that the policy's authors tied to it"});
        obstacle.advice.clear();
        break;
    case Verdict::mislabelled:
        add_unlabelled_paths(finding, choices);
        break;
    default:
        break;
    }
    if (finding.verdict == Verdict::guarded || finding.verdict == Verdict::boolean ||
        (finding.verdict == Verdict::mislabelled && finding.acceptable)) {
        choices.push_back(
            {"selinux.denials.accept", entry(obstacle.access), "a rule all the same"});
        if (finding.verdict == Verdict::guarded)
            obstacle.advice.clear();
    }
    if (obstacle.advice.empty() && choices.empty())
        obstacle.advice = std::string(verdict::explanation_of(finding.verdict));
    return obstacle;
}

std::vector<Choice> harmless_choices(const Obstacle& obstacle) {
    for (const Verdict verdict : verdict::all_verdicts())
        if (verdict::is_refusal(verdict) && obstacle.verdict == verdict::name_of(verdict))
            return {};
    return {
        {"selinux.denials.tolerate", entry(obstacle.access), "it stays denied and is not counted"},
        {"selinux.denials.silence", entry(obstacle.access), "it stays denied and nobody is told"}};
}

} // namespace selns::converge
