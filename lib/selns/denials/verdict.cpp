#include "selns/denials/verdict.hpp"

#include <array>

namespace selns::denials {

namespace {

struct Words {
    Verdict verdict;
    std::string_view name;
    std::string_view explanation;
    bool refusal;
};

constexpr std::array<Words, 13> verdict_words = {{
    {Verdict::mislabelled, "mislabelled",
     "the label is missing or wrong, which no rule mends: relabel the object, or add the file "
     "context that it should have",
     false},
    {Verdict::unknown_type, "unknown type",
     "the image's policy has no such type: the log is of another policy", true},
    {Verdict::unknown_class, "unknown class",
     "the image's policy has no such class: the log is of another kernel or policy", true},
    {Verdict::unknown_permission, "unknown permission",
     "the class has no such permission in the image's policy: the log is of another kernel or "
     "policy",
     true},
    {Verdict::invalid_context, "invalid context",
     "in the image's policy this user, role, type and level do not go together: the log is of "
     "another policy",
     true},
    {Verdict::already_allowed, "already allowed",
     "the base policy allows it: the log is older than the policy or its booleans", false},
    {Verdict::tolerated, "tolerated", "the recipe says that it is harmless", false},
    {Verdict::constraint, "constraint",
     "a constraint, MLS, RBAC or bounds denies it, so that a rule is useless", false},
    {Verdict::dontaudit, "dontaudit",
     "the policy's authors know of it and hide it: the program works without", false},
    {Verdict::boolean, "boolean", "a boolean of the policy is meant for it", false},
    {Verdict::neverallow, "neverallow", "the policy forbids such a rule", false},
    {Verdict::guarded, "guarded", "no log opens this by itself: a person has to accept it", false},
    {Verdict::allow, "allow", "becomes a rule of the local module", false},
}};

const Words& words_of(Verdict verdict) {
    for (const Words& entry : verdict_words)
        if (entry.verdict == verdict)
            return entry;
    return verdict_words.back();
}

} // namespace

const std::vector<Verdict>& all_verdicts() {
    static const std::vector<Verdict> verdicts = [] {
        std::vector<Verdict> all;
        for (const Words& entry : verdict_words)
            all.push_back(entry.verdict);
        return all;
    }();
    return verdicts;
}

std::string_view name_of(Verdict verdict) {
    return words_of(verdict).name;
}

std::string_view explanation_of(Verdict verdict) {
    return words_of(verdict).explanation;
}

bool is_refusal(Verdict verdict) {
    return words_of(verdict).refusal;
}

bool is_settled(Verdict verdict) {
    return verdict == Verdict::allow || verdict == Verdict::already_allowed ||
           verdict == Verdict::tolerated;
}

} // namespace selns::denials
