#include "selns/selinux/decisions.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/av_index.hpp"
#include "selns/selinux/condition.hpp"
#include "selns/selinux/constraint.hpp"
#include "selns/selinux/context.hpp"
#include "selns/selinux/kernel_policy.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace selns::selinux {

namespace {

using Values = std::vector<std::uint32_t>;

// One question: two contexts and a class.
struct Question {
    SecurityContext source;
    SecurityContext target;
    std::uint32_t tclass = 0;
};

// What type enforcement says about it.
struct Vectors {
    std::uint32_t allowed = 0;
    std::uint32_t dontaudit = 0;
    std::vector<ConditionalRule> inactive; // conditional rules that do not apply now

    void add(const ConditionalRule& rule) {
        if (!rule.active)
            return inactive.push_back(rule);
        allowed |= rule.vectors.allowed;
        dontaudit |= rule.vectors.dontaudit;
    }
};

} // namespace

struct Decisions::Impl {
    explicit Impl(const KernelPolicy& kernel_policy);

    const SecurityClass& class_of(const std::string& name) const;
    SecurityContext context_of(const std::string& text) const;
    std::uint32_t type_of(const std::string& name) const;

    template <typename Visit>
    void for_each_rule(std::uint32_t source, std::uint32_t target, std::uint32_t tclass,
                       const Visit& visit) const;
    bool any_extended(const std::string& source, const std::string& target,
                      const std::string& tclass, const auto& matches) const;
    Vectors vectors(std::uint32_t source, std::uint32_t target, std::uint32_t tclass) const;
    Vectors vectors(const Question& question) const {
        return vectors(question.source.type, question.target.type, question.tclass);
    }

    std::uint32_t obstructed(const Question& question, const SecurityClass& tclass) const;
    void add_constraints(const Question& question, const SecurityClass& tclass, std::uint32_t bit,
                         std::vector<Obstacle>& obstacles) const;
    Obstacle describe(const Question& question, const SecurityClass& tclass,
                      const Constraint& constraint) const;
    std::string remedy(const Question& question, const ConstraintExpression& expression) const;
    bool role_forbidden(const Question& question, std::uint32_t bit) const;
    void add_role(const Question& question, std::uint32_t bit,
                  std::vector<Obstacle>& obstacles) const;
    std::optional<Question> bounding(const Question& question) const;
    void add_bounds(const Question& question, const SecurityClass& tclass, std::uint32_t bit,
                    std::vector<Obstacle>& obstacles) const;
    std::uint32_t allowed(const Question& question, const SecurityClass& tclass) const;
    std::vector<BooleanSetting> switches(const Vectors& vectors, std::uint32_t bit) const;

    std::string type_name(std::uint32_t value) const {
        return std::string(policy.types.name(value));
    }
    std::string role_name(std::uint32_t value) const {
        return std::string(policy.roles.name(value));
    }

    const KernelPolicy& policy;
    const AvIndex index;
    // Roles are checked where the class is `process`; 0 when the policy has no such.
    std::uint32_t process_class = 0;
    std::uint32_t transition = 0;
    std::uint32_t dyntransition = 0;
};

Decisions::Impl::Impl(const KernelPolicy& kernel_policy)
    : policy(kernel_policy), index(policy.rules) {
    const SecurityClass* process = policy.classes.find("process");
    if (process == nullptr)
        return;
    process_class = process->value;
    transition = process->permission_bit("transition");
    dyntransition = process->permission_bit("dyntransition");
}

const SecurityClass& Decisions::Impl::class_of(const std::string& name) const {
    const SecurityClass* found = policy.classes.find(name);
    if (found == nullptr)
        throw std::invalid_argument("not a class of this policy: " + name);
    return *found;
}

SecurityContext Decisions::Impl::context_of(const std::string& text) const {
    auto context = parse_context(policy, text);
    if (!context)
        throw std::invalid_argument("not a context of this policy: " + text);
    return *std::move(context);
}

std::uint32_t Decisions::Impl::type_of(const std::string& name) const {
    const Type* found = policy.find_type(name);
    if (found == nullptr)
        throw std::invalid_argument("not a type of this policy: " + name);
    return found->value;
}

template <typename Visit>
void Decisions::Impl::for_each_rule(std::uint32_t source, std::uint32_t target,
                                    std::uint32_t tclass, const Visit& visit) const {
    for (const std::uint16_t s : policy.type_attributes.of(source))
        for (const std::uint16_t t : policy.type_attributes.of(target))
            index.for_each(rule_key(s, t, static_cast<std::uint16_t>(tclass)), visit);
}

Vectors Decisions::Impl::vectors(std::uint32_t source, std::uint32_t target,
                                 std::uint32_t tclass) const {
    Vectors result;
    for_each_rule(source, target, tclass, [&](const AvRules::Entry& entry) {
        if (entry.kind == AvRules::Kind::allow)
            result.allowed |= entry.data;
        else if (entry.kind == AvRules::Kind::dontaudit)
            result.dontaudit |= entry.data;
        else if (entry.kind == AvRules::Kind::conditional)
            result.add(policy.rules.conditional(entry));
    });
    return result;
}

// The permissions that constraints and roles deny.
std::uint32_t Decisions::Impl::obstructed(const Question& question,
                                          const SecurityClass& tclass) const {
    std::uint32_t bits = 0;
    const Subjects subjects{question.source, question.target};
    for (const Constraint& constraint : tclass.constraints)
        if ((constraint.permissions & ~bits) != 0 &&
            !holds(policy, constraint.expression, subjects))
            bits |= constraint.permissions;
    for (const std::uint32_t bit : {transition, dyntransition})
        if (role_forbidden(question, bit))
            bits |= bit;
    return bits;
}

void Decisions::Impl::add_constraints(const Question& question, const SecurityClass& tclass,
                                      std::uint32_t bit, std::vector<Obstacle>& obstacles) const {
    const Subjects subjects{question.source, question.target};
    for (const Constraint& constraint : tclass.constraints)
        if ((constraint.permissions & bit) != 0 && !holds(policy, constraint.expression, subjects))
            obstacles.push_back(describe(question, tclass, constraint));
}

Obstacle Decisions::Impl::describe(const Question& question, const SecurityClass& tclass,
                                   const Constraint& constraint) const {
    const bool mls = is_mls(constraint.expression);
    const auto names = tclass.permission_names(constraint.permissions);
    return {mls ? Obstacle::Kind::mls : Obstacle::Kind::constraint,
            std::string(mls ? "mlsconstrain " : "constrain ") + std::string(tclass.name) + " { " +
                join(names, " ") + " } " + to_source(policy, constraint.expression),
            remedy(question, constraint.expression)};
}

// Tries what a recipe can change, from the smallest on: the object's user, role and level, then
// an attribute for the domain.
std::string Decisions::Impl::remedy(const Question& question,
                                    const ConstraintExpression& expression) const {
    const auto satisfied_by = [&](auto SecurityContext::*field) {
        SecurityContext target = question.target;
        target.*field = question.source.*field;
        return holds(policy, expression, {question.source, target});
    };
    if (satisfied_by(&SecurityContext::user))
        return "the target's user to be " + std::string(policy.users.name(question.source.user));
    if (satisfied_by(&SecurityContext::role))
        return "the target's role to be " + role_name(question.source.role);
    if (satisfied_by(&SecurityContext::range))
        return "the target's level to be the source's";
    const auto wanted = wanted_attributes(policy, expression);
    return wanted.empty()
               ? std::string()
               : type_name(question.source.type) + " to have the attribute " + join(wanted, " or ");
}

bool Decisions::Impl::role_forbidden(const Question& question, std::uint32_t bit) const {
    if (question.tclass != process_class || ((transition | dyntransition) & bit) == 0 ||
        question.source.role == question.target.role)
        return false;
    return !std::ranges::binary_search(policy.role_allows,
                                       std::pair(question.source.role, question.target.role));
}

void Decisions::Impl::add_role(const Question& question, std::uint32_t bit,
                               std::vector<Obstacle>& obstacles) const {
    if (!role_forbidden(question, bit))
        return;
    const std::string from = role_name(question.source.role);
    const std::string to = role_name(question.target.role);
    obstacles.push_back({Obstacle::Kind::role, "no role allow rule from " + from + " to " + to,
                         "(roleallow " + from + " " + to + ") in a module"});
}

// A bounded domain has no more than its parent has.
std::optional<Question> Decisions::Impl::bounding(const Question& question) const {
    const std::uint32_t parent = policy.types.at(question.source.type).bounds;
    if (parent == 0)
        return {};
    Question result = question;
    result.source.type = parent;
    if (const auto of_target = policy.types.at(question.target.type).bounds)
        result.target.type = of_target;
    return result;
}

// All that is allowed in the end. Chains of bounds are short: the reader refuses others.
std::uint32_t Decisions::Impl::allowed(const Question& question,
                                       const SecurityClass& tclass) const {
    std::uint32_t bits = vectors(question).allowed & ~obstructed(question, tclass);
    if (const auto parent = bounding(question); parent && bits != 0)
        bits &= allowed(*parent, tclass);
    return bits;
}

void Decisions::Impl::add_bounds(const Question& question, const SecurityClass& tclass,
                                 std::uint32_t bit, std::vector<Obstacle>& obstacles) const {
    const auto parent = bounding(question);
    if (!parent || (allowed(*parent, tclass) & bit) != 0)
        return;
    const std::string name = type_name(parent->source.type);
    obstacles.push_back({Obstacle::Kind::bounds,
                         "typebounds " + name + " " + type_name(question.source.type),
                         name + " to be allowed it first"});
}

std::vector<BooleanSetting> Decisions::Impl::switches(const Vectors& vectors,
                                                      std::uint32_t bit) const {
    std::optional<Values> best;
    for (const ConditionalRule& rule : vectors.inactive) {
        if ((rule.vectors.allowed & bit) == 0)
            continue;
        const auto flips = flips_for(policy, policy.blocks[rule.block], rule.branch);
        if (flips && (!best || flips->size() < best->size() ||
                      (flips->size() == best->size() && *flips < *best)))
            best = flips;
    }
    std::vector<BooleanSetting> settings;
    for (const std::uint32_t value : best.value_or(Values())) {
        const Boolean& boolean = policy.booleans.at(value);
        settings.push_back({std::string(boolean.name), !boolean.state});
    }
    return settings;
}

Decisions::Decisions(const PolicyDb& policy)
    : impl_(std::make_unique<const Impl>(*policy.policy_)) {}
Decisions::~Decisions() = default;

std::vector<Decision> Decisions::decide(const std::string& scontext, const std::string& tcontext,
                                        const std::string& tclass,
                                        const std::vector<std::string>& permissions) const {
    const SecurityClass& datum = impl_->class_of(tclass);
    const Question question{impl_->context_of(scontext), impl_->context_of(tcontext), datum.value};
    const Vectors vectors = impl_->vectors(question);
    const bool audited = !impl_->policy.never_audited.contains(question.source.type);
    std::vector<Decision> decisions;
    decisions.reserve(permissions.size());
    for (const std::string& permission : permissions) {
        const std::uint32_t bit = datum.permission_bit(permission);
        if (bit == 0)
            throw std::invalid_argument("not a permission of class " + tclass + ": " + permission);
        Decision decision;
        decision.rule = (vectors.allowed & bit) != 0;
        decision.dontaudit = !audited || (vectors.dontaudit & bit) != 0;
        impl_->add_constraints(question, datum, bit, decision.obstacles);
        impl_->add_role(question, bit, decision.obstacles);
        impl_->add_bounds(question, datum, bit, decision.obstacles);
        if (!decision.rule)
            decision.booleans = impl_->switches(vectors, bit);
        decisions.push_back(std::move(decision));
    }
    return decisions;
}

bool Decisions::rule_allows(const std::string& source, const std::string& target,
                            const std::string& tclass, const std::string& permission) const {
    const SecurityClass& datum = impl_->class_of(tclass);
    const Vectors vectors =
        impl_->vectors(impl_->type_of(source), impl_->type_of(target), datum.value);
    return (vectors.allowed & datum.permission_bit(permission)) != 0;
}

bool Decisions::Impl::any_extended(const std::string& source, const std::string& target,
                                   const std::string& tclass, const auto& matches) const {
    bool found = false;
    for_each_rule(type_of(source), type_of(target), class_of(tclass).value,
                  [&](const AvRules::Entry& entry) {
                      found = found || (entry.kind == AvRules::Kind::extended &&
                                        matches(policy.rules.extended(entry)));
                  });
    return found;
}

bool Decisions::has_extended_rules(const std::string& source, const std::string& target,
                                   const std::string& tclass) const {
    return impl_->any_extended(source, target, tclass,
                               [](const ExtendedRule& rule) { return !rule.messages; });
}

bool Decisions::command_allowed(const std::string& source, const std::string& target,
                                const std::string& tclass, std::uint16_t command) const {
    return impl_->any_extended(source, target, tclass, [command](const ExtendedRule& rule) {
        return !rule.messages && rule.grants(command);
    });
}

bool Decisions::has_message_rules(const std::string& source, const std::string& target,
                                  const std::string& tclass) const {
    return impl_->any_extended(source, target, tclass,
                               [](const ExtendedRule& rule) { return rule.messages; });
}

bool Decisions::message_allowed(const std::string& source, const std::string& target,
                                const std::string& tclass, std::uint16_t type) const {
    return impl_->any_extended(source, target, tclass, [type](const ExtendedRule& rule) {
        return rule.messages && rule.grants(type);
    });
}

std::vector<Obstacle> Decisions::relabel_obstacles(const std::string& old_context,
                                                   const std::string& new_context,
                                                   const std::string& task_context,
                                                   const std::string& tclass) const {
    const SecurityClass& datum = impl_->class_of(tclass);
    const SecurityContext before = impl_->context_of(old_context);
    const SecurityContext after = impl_->context_of(new_context);
    const SecurityContext task = impl_->context_of(task_context);
    std::vector<Obstacle> obstacles;
    for (const Constraint& constraint : datum.validatetrans)
        if (!holds(impl_->policy, constraint.expression, {before, after, &task})) {
            const bool mls = is_mls(constraint.expression);
            obstacles.push_back({mls ? Obstacle::Kind::mls : Obstacle::Kind::constraint,
                                 std::string(mls ? "mlsvalidatetrans " : "validatetrans ") +
                                     tclass + " " + to_source(impl_->policy, constraint.expression),
                                 {}});
        }
    return obstacles;
}

} // namespace selns::selinux
