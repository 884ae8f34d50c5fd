#include "selns/denials/verdict.hpp"

#include "selns/denials/names.hpp"

#include <algorithm>
#include <optional>

namespace selns::denials {

namespace {

constexpr std::string_view unlabeled_type = "unlabeled_t";

struct Finding {
    Verdict verdict;
    std::string subject;
};

class Judge {
  public:
    Judge(const Policy& policy, const std::set<std::string>& declared, const std::string& scontext,
          const std::string& tcontext, const std::string& tclass)
        : policy_(policy), declared_(declared), scontext_(scontext), tcontext_(tcontext),
          tclass_(tclass), source_(context_type(scontext)), target_(context_type(tcontext)) {}

    // What holds for all permissions alike.
    std::optional<Finding> about_names() const {
        for (const std::string& type : {source_, target_})
            if (type == unlabeled_type)
                return Finding{Verdict::unlabeled, type};
        for (const std::string& type : {source_, target_})
            if (!is_name(type) || (!policy_.has_type(type) && !declared_.contains(type)))
                return Finding{Verdict::unknown_type, type};
        if (!is_name(tclass_) || !policy_.has_class(tclass_))
            return Finding{Verdict::unknown_class, tclass_};
        return {};
    }

    bool knows(const std::string& permission) const {
        return is_name(permission) && policy_.has_permission(tclass_, permission);
    }

    // A context with a type of the local module means nothing to the base policy.
    std::optional<Finding> about_contexts() const {
        if (policy_.has_type(source_) && !policy_.valid_context(scontext_))
            return Finding{Verdict::invalid_context, scontext_};
        if (policy_.has_type(target_) && !policy_.valid_context(tcontext_))
            return Finding{Verdict::invalid_context, tcontext_};
        return {};
    }

    std::vector<std::string> denied(const std::vector<std::string>& permissions) const {
        if (!policy_.has_type(source_) || !policy_.has_type(target_))
            return permissions;
        return policy_.denied(scontext_, tcontext_, tclass_, permissions);
    }

  private:
    const Policy& policy_;
    const std::set<std::string>& declared_;
    const std::string& scontext_;
    const std::string& tcontext_;
    const std::string& tclass_;
    std::string source_;
    std::string target_;
};

std::vector<Judgement> same_for_all(const std::vector<std::string>& permissions,
                                    const Finding& finding) {
    std::vector<Judgement> judgements;
    judgements.reserve(permissions.size());
    for (const std::string& permission : permissions)
        judgements.push_back({permission, finding.verdict, finding.subject});
    return judgements;
}

} // namespace

const std::vector<Verdict>& all_verdicts() {
    static const std::vector<Verdict> verdicts = {Verdict::unlabeled,
                                                  Verdict::unknown_type,
                                                  Verdict::unknown_class,
                                                  Verdict::unknown_permission,
                                                  Verdict::invalid_context,
                                                  Verdict::already_allowed,
                                                  Verdict::allow};
    return verdicts;
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::unlabeled:
        return "unlabeled";
    case Verdict::unknown_type:
        return "unknown type";
    case Verdict::unknown_class:
        return "unknown class";
    case Verdict::unknown_permission:
        return "unknown permission";
    case Verdict::invalid_context:
        return "invalid context";
    case Verdict::already_allowed:
        return "already allowed";
    case Verdict::allow:
        return "allow";
    }
    return {};
}

std::string_view explanation_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::unlabeled:
        return "the label is missing or wrong, which no rule mends: relabel the object";
    case Verdict::unknown_type:
        return "the image's policy has no such type: the log is of another policy";
    case Verdict::unknown_class:
        return "the image's policy has no such class: the log is of another kernel or policy";
    case Verdict::unknown_permission:
        return "the class has no such permission in the image's policy: the log is of another "
               "kernel or policy";
    case Verdict::invalid_context:
        return "in the image's policy this user, role, type and level do not go together: the log "
               "is of another policy";
    case Verdict::already_allowed:
        return "the base policy allows it: the log is older than the policy or its booleans";
    case Verdict::allow:
        return "becomes a rule of the local module";
    }
    return {};
}

bool is_refusal(Verdict verdict) {
    switch (verdict) {
    case Verdict::unknown_type:
    case Verdict::unknown_class:
    case Verdict::unknown_permission:
    case Verdict::invalid_context:
        return true;
    case Verdict::unlabeled:
    case Verdict::already_allowed:
    case Verdict::allow:
        return false;
    }
    return false;
}

std::vector<Judgement> judge(const Policy& policy, const std::set<std::string>& declared,
                             const std::string& scontext, const std::string& tcontext,
                             const std::string& tclass,
                             const std::vector<std::string>& permissions) {
    const Judge judge(policy, declared, scontext, tcontext, tclass);
    if (const auto finding = judge.about_names())
        return same_for_all(permissions, *finding);

    std::vector<std::string> known;
    std::vector<Judgement> judgements;
    for (const std::string& permission : permissions)
        if (judge.knows(permission))
            known.push_back(permission);
        else
            judgements.push_back({permission, Verdict::unknown_permission, permission});
    if (known.empty())
        return judgements;

    if (const auto finding = judge.about_contexts()) {
        const auto refused = same_for_all(known, *finding);
        judgements.insert(judgements.end(), refused.begin(), refused.end());
        return judgements;
    }
    const std::vector<std::string> denied = judge.denied(known);
    for (const std::string& permission : known)
        judgements.push_back({permission,
                              std::ranges::find(denied, permission) == denied.end()
                                  ? Verdict::already_allowed
                                  : Verdict::allow,
                              {}});
    return judgements;
}

} // namespace selns::denials
