#include "selns/verdict/verdict.hpp"

#include <stdexcept>

namespace selns::verdict {

namespace {

struct Words {
    std::string_view name;
    std::string_view explanation;
    bool refusal = false; // log and policy do not fit together
    bool settled = false; // nothing is left to be done
};

// Without a default, so that the compiler tells which one is forgotten.
constexpr Words words_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::mislabelled:
        return {"mislabelled", "the label is missing or wrong, which no rule mends: relabel the "
                               "object, or add the file "
                               "context that it should have"};
    case Verdict::unknown_type:
        return {"unknown type", "the image's policy has no such type: the log is of another policy",
                true};
    case Verdict::unknown_class:
        return {"unknown class",
                "the image's policy has no such class: the log is of another kernel or policy",
                true};
    case Verdict::unknown_permission:
        return {"unknown permission",
                "the class has no such permission in the image's policy: the log is of another "
                "kernel or "
                "policy",
                true};
    case Verdict::unknown_command:
        return {
            "unknown command",
            "allowxperm rules decide by the command or message, and the record does not tell which "
            "it was, or by a name that is not known: a newer kernel tells its number"};
    case Verdict::invalid_context:
        return {"invalid context",
                "in the image's policy this user, role, type and level do not go together: the log "
                "is of "
                "another policy",
                true};
    case Verdict::already_allowed:
        return {"already allowed",
                "the base policy allows it: the log is older than the policy or its booleans",
                false, true};
    case Verdict::tolerated:
        return {"tolerated", "the recipe says that it is harmless", false, true};
    case Verdict::silenced:
        return {"silenced",
                "the recipe says that it is harmless: becomes a dontaudit rule of the local module",
                false, true};
    case Verdict::constraint:
        return {"constraint",
                "a constraint, MLS, RBAC or bounds denies it, so that a rule is useless"};
    case Verdict::dontaudit:
        return {"dontaudit",
                "the policy's authors know of it and hide it: the program works without"};
    case Verdict::boolean:
        return {"boolean", "a boolean of the policy is meant for it"};
    case Verdict::neverallow:
        return {"neverallow", "the policy forbids such a rule"};
    case Verdict::guarded:
        return {"guarded", "no log opens this by itself: a person has to accept it"};
    case Verdict::allow:
        return {"allow", "becomes a rule of the local module", false, true};
    }
    throw std::logic_error("no such verdict");
}

} // namespace

const std::vector<Verdict>& all_verdicts() {
    static const std::vector<Verdict> verdicts = [] {
        std::vector<Verdict> all;
        for (int number = 0; number <= static_cast<int>(Verdict::last); ++number)
            all.push_back(static_cast<Verdict>(number));
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
    return words_of(verdict).settled;
}

} // namespace selns::verdict
