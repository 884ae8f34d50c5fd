#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/judgement.hpp"

#include <fmt/format.h>

namespace selns::verdict {

namespace {

// The context that the policy's transitions give: the role may not have the type, mostly.
Judgement judge_computed(const Policy& policy, const log::Denial& denial) {
    if (policy.valid_context(denial.new_context))
        return finding(Verdict::already_allowed, denial.new_context, {});
    const auto parts = split(denial.new_context, ':');
    const std::string role = parts.size() > 1 ? std::string(parts[1]) : std::string();
    return finding(Verdict::constraint, denial.new_context + " is not a valid context",
                   fmt::format("it wants (roletype {} {}) in a module, or another user and role "
                               "to run it",
                               role, log::context_type(denial.new_context)));
}

Judgement judge_bounds(const log::Denial& denial) {
    const auto source = log::context_type(denial.scontext);
    const auto target = log::context_type(denial.tcontext);
    return finding(Verdict::constraint, fmt::format("no typebounds {} {}", source, target),
                   fmt::format("it wants (typebounds {} {}) in a module, or a program without "
                               "no_new_privs",
                               source, target));
}

Judgement judge_relabelling(const Policy& policy, const log::Denial& denial) {
    for (const std::string* context : {&denial.scontext, &denial.tcontext, &denial.new_context})
        if (!policy.valid_context(*context))
            return finding(Verdict::invalid_context, *context, {});
    if (!policy.has_class(denial.tclass))
        return finding(Verdict::unknown_class, "class " + denial.tclass, {});
    const auto obstacles = policy.relabel_obstacles(denial.tcontext, denial.new_context,
                                                    denial.scontext, denial.tclass);
    return obstacles.empty() ? finding(Verdict::already_allowed, {}, {}) : obstructed(obstacles);
}

Judgement judge_record(const Policy& policy, const std::set<std::string>& declared,
                       const log::Denial& denial) {
    for (const std::string* context : {&denial.scontext, &denial.tcontext, &denial.new_context}) {
        const std::string type(log::context_type(*context));
        if (!context->empty() && !policy.has_type(type) && !declared.contains(type))
            return finding(Verdict::unknown_type, "type " + type, {});
    }
    if (denial.kind == log::DenialKind::invalid_label)
        return policy.valid_context(denial.new_context)
                   ? finding(Verdict::already_allowed, denial.new_context, {})
                   : finding(Verdict::invalid_context, denial.new_context, {});
    if (denial.kind == log::DenialKind::computed_sid)
        return judge_computed(policy, denial);
    return denial.kind == log::DenialKind::bounded_transition ? judge_bounds(denial)
                                                              : judge_relabelling(policy, denial);
}

} // namespace

Judgement judge_transition(const Policy& policy, const std::set<std::string>& declared,
                           const log::Denial& denial) {
    Judgement result = judge_record(policy, declared, denial);
    const bool labels = denial.kind == log::DenialKind::validate_transition ||
                        denial.kind == log::DenialKind::invalid_label;
    result.permissions = {labels ? "relabel" : "transition"};
    return result;
}

} // namespace selns::verdict
