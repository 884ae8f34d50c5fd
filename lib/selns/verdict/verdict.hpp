#pragma once

#include "selns/log/log.hpp"
#include "selns/verdict/access.hpp"
#include "selns/verdict/access_pattern.hpp"
#include "selns/verdict/policy.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::verdict {

// What becomes of one permission of a denial. When several would apply, the one that stands
// nearer to the top wins (docs/denials.md has the table).
enum class Verdict {
    mislabelled,  // the object's label is wrong, no rule is missing
    unknown_type, // not of this policy: the type, class or permission does not exist in it
    unknown_class,
    unknown_permission,
    unknown_command, // the record does not tell which ioctl command it was, and that decides
    invalid_context, // all names exist, but user, role, type and level do not go together
    already_allowed, // the base policy allows it
    tolerated,       // the recipe says that it is harmless, and not to be allowed
    silenced,        // the same, and that nobody is to be told
    constraint,      // a constraint, MLS, RBAC or bounds denies it with a rule as well
    dontaudit,       // the policy knows of it and hides it
    boolean,         // a boolean of the policy would allow it
    neverallow,      // a neverallow rule of the policy forbids the rule
    guarded,         // no log may open it by itself
    allow,           // becomes a rule
    last = allow     // the one before
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
// Whether nothing is left to be done about it: it is allowed now, or was, or is tolerated.
bool is_settled(Verdict verdict);

// What the recipe's owner decided about verdicts.
struct Preferences {
    std::vector<AccessPattern> refuse;   // added to the guard list
    std::vector<AccessPattern> accept;   // becomes a rule though it is guarded, hidden by a
                                         // dontaudit, mislabelled, or a boolean's affair
    std::vector<AccessPattern> tolerate; // left out without a word
    bool extended = false; // allowxperm rules for the commands seen, wherever none were before
    std::vector<AccessPattern> hidden = {};  // by the local module's own dontaudit rules
    std::vector<AccessPattern> silence = {}; // becomes a dontaudit rule
    bool complete = false; // with what is allowed go its usual companions: see companions_of()

    // Patterns that can never match are an Error at their place.
    void check(const Policy& policy) const;
};

// The verdict on permissions of one denial.
struct Judgement {
    Verdict verdict;
    Permissions permissions;
    // With `ioctl` alone: the commands that it is about; nothing: all of them.
    std::optional<Commands> commands;
    std::string reason; // "type foo_t", "constrain dir { ... } (...)"; may be empty
    std::string advice; // what to do, in the recipe's words where it is a recipe's matter
    // A dontaudit rule is about it: nobody is told, unless these rules are switched off.
    bool hidden = false;
    // selinux.denials.accept can make a rule of it.
    bool acceptable = true;
};

// Where the contexts of DENIAL are another SELinux namespace's, they become what POLICY takes them
// for. To be done before it is judged.
void take_as_seen(const Policy& policy, log::Denial& denial);

// Judges the permissions of DENIAL. The types of DECLARED (by the local module) exist though the
// base policy does not have them; it cannot allow them anything either.
std::vector<Judgement> judge(const Policy& policy, const Preferences& preferences,
                             const std::set<std::string>& declared, const log::Denial& denial);

// Whether two denials are about the same access but for their permissions.
bool same_access(const log::Denial& one, const log::Denial& two);

// The same for several denials about the same access, which takes hardly longer than one of them:
// a list for each, in their order.
std::vector<std::vector<Judgement>> judge_together(const Policy& policy,
                                                   const Preferences& preferences,
                                                   const std::set<std::string>& declared,
                                                   std::span<const log::Denial> denials);

// What an allow rule for DENIAL would be about; its class is empty for some other kinds than
// access, and its source is "?" where the record names none.
Triple triple_of(const log::Denial& denial);

} // namespace selns::verdict
