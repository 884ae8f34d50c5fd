#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::denials {

// What becomes of one permission of a denial. When several would apply, the one that stands
// nearer to the top wins.
enum class Verdict {
    unlabeled,    // source or target is unlabeled_t: a label is wrong, no rule is missing
    unknown_type, // not of this policy: the type, class or permission does not exist in it
    unknown_class,
    unknown_permission,
    invalid_context, // all names exist, but user, role, type and level do not go together
    already_allowed, // the base policy allows it
    allow,           // becomes a rule
};

// In the order of their declaration.
const std::vector<Verdict>& all_verdicts();

// The verdict's name in reports: "unknown type".
std::string_view name_of(Verdict verdict);
// What it means and what to do, one sentence.
std::string_view explanation_of(Verdict verdict);
// Whether it means that the log and the policy do not fit together. Such denials are refused by
// name; the others are merged or left out.
bool is_refusal(Verdict verdict);

// What verdicts ask of the base policy.
class Policy {
  public:
    virtual ~Policy() = default;
    virtual bool has_type(std::string_view name) const = 0;
    virtual bool has_class(std::string_view name) const = 0;
    virtual bool has_permission(std::string_view tclass, std::string_view permission) const = 0;
    virtual bool valid_context(const std::string& context) const = 0;
    // Those of PERMISSIONS that the policy does not allow. Asked only with valid contexts and
    // with names that the policy has.
    virtual std::vector<std::string> denied(const std::string& scontext,
                                            const std::string& tcontext, const std::string& tclass,
                                            const std::vector<std::string>& permissions) const = 0;
};

// A permission, its verdict, and the name or context that made it, where there is one.
struct Judgement {
    std::string permission;
    Verdict verdict = Verdict::allow;
    std::string subject;
};

// Judges each of PERMISSIONS by itself. The types of DECLARED (by the local module) exist though
// the base policy does not have them; it cannot allow them anything either.
std::vector<Judgement> judge(const Policy& policy, const std::set<std::string>& declared,
                             const std::string& scontext, const std::string& tcontext,
                             const std::string& tclass,
                             const std::vector<std::string>& permissions);

} // namespace selns::denials
