#include "selns/selinux/decisions.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/av_index.hpp"
#include "selns/selinux/condition.hpp"
#include "selns/selinux/constraint.hpp"
#include "selns/selinux/context.hpp"
#include "selns/selinux/policydb_impl.hpp"
#include "selns/selinux/symbols.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

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
};

} // namespace

struct Decisions::Impl {
    explicit Impl(const policydb_t& policy) : db(policy), rules(policy) {
        attributes.resize(db.p_types.nprim);
        for (std::uint32_t type = 0; type < db.p_types.nprim; ++type)
            for_each_bit(db.type_attr_map[type],
                         [&](unsigned bit) { attributes[type].push_back(bit + 1); });
    }

    const class_datum_t& class_of(const std::string& name) const;
    SecurityContext context_of(const std::string& text) const;
    std::uint32_t type_of(const std::string& name) const;

    template <typename Visit>
    void for_each_key(std::uint32_t source, std::uint32_t target, std::uint32_t tclass,
                      const Visit& visit) const;
    Vectors vectors(std::uint32_t source, std::uint32_t target, std::uint32_t tclass) const;
    Vectors vectors(const Question& question) const {
        return vectors(question.source.type, question.target.type, question.tclass);
    }

    std::uint32_t obstructed(const Question& question, const class_datum_t& tclass) const;
    void add_constraints(const Question& question, const class_datum_t& tclass, std::uint32_t bit,
                         std::vector<Obstacle>& obstacles) const;
    Obstacle describe(const Question& question, const class_datum_t& tclass,
                      const constraint_node_t& constraint) const;
    std::string remedy(const Question& question, const constraint_expr_t* expression) const;
    bool role_forbidden(const Question& question, std::uint32_t bit) const;
    void add_role(const Question& question, std::uint32_t bit,
                  std::vector<Obstacle>& obstacles) const;
    std::optional<Question> bounding(const Question& question) const;
    void add_bounds(const Question& question, const class_datum_t& tclass, std::uint32_t bit,
                    std::vector<Obstacle>& obstacles) const;
    std::uint32_t allowed(const Question& question, const class_datum_t& tclass) const;
    std::vector<BooleanSetting> switches(const Vectors& vectors, std::uint32_t bit) const;

    std::string type_name(std::uint32_t value) const { return db.p_type_val_to_name[value - 1]; }
    std::string role_name(std::uint32_t value) const { return db.p_role_val_to_name[value - 1]; }
    std::string user_name(std::uint32_t value) const { return db.p_user_val_to_name[value - 1]; }

    const policydb_t& db;
    AvIndex rules;
    std::vector<Values> attributes; // of each type, itself among them
};

const class_datum_t& Decisions::Impl::class_of(const std::string& name) const {
    const auto* datum = lookup<class_datum_t>(db.p_classes.table, name);
    if (datum == nullptr)
        throw std::invalid_argument("not a class of this policy: " + name);
    return *datum;
}

SecurityContext Decisions::Impl::context_of(const std::string& text) const {
    auto context = parse_context(db, text);
    if (!context)
        throw std::invalid_argument("not a context of this policy: " + text);
    return *std::move(context);
}

std::uint32_t Decisions::Impl::type_of(const std::string& name) const {
    const auto* datum = lookup<type_datum_t>(db.p_types.table, name);
    if (datum == nullptr || datum->flavor == TYPE_ATTRIB)
        throw std::invalid_argument("not a type of this policy: " + name);
    return datum->s.value;
}

template <typename Visit>
void Decisions::Impl::for_each_key(std::uint32_t source, std::uint32_t target, std::uint32_t tclass,
                                   const Visit& visit) const {
    for (const std::uint32_t s : attributes[source - 1])
        for (const std::uint32_t t : attributes[target - 1])
            visit(av_key(s, t, tclass));
}

Vectors Decisions::Impl::vectors(std::uint32_t source, std::uint32_t target,
                                 std::uint32_t tclass) const {
    Vectors result;
    const auto add = [&result](const AccessVectorPair& pair) {
        result.allowed |= pair.allowed;
        result.dontaudit |= pair.dontaudit;
    };
    for_each_key(source, target, tclass, [&](std::uint64_t key) {
        const Rules* found = rules.find(key);
        if (found == nullptr)
            return;
        add(found->vectors);
        if (!found->conditional)
            return;
        for (const ConditionalRule& rule : rules.conditional(key))
            if (rule.active)
                add(rule.vectors);
            else
                result.inactive.push_back(rule);
    });
    return result;
}

// The permissions that constraints and roles deny.
std::uint32_t Decisions::Impl::obstructed(const Question& question,
                                          const class_datum_t& tclass) const {
    std::uint32_t bits = 0;
    const Subjects subjects{question.source, question.target};
    for (const auto* node = tclass.constraints; node != nullptr; node = node->next)
        if ((node->permissions & ~bits) != 0 && !holds(db, node->expr, subjects))
            bits |= node->permissions;
    for (const std::uint32_t bit :
         {db.process_trans, db.process_trans_dyntrans & ~db.process_trans})
        if (role_forbidden(question, bit))
            bits |= bit;
    return bits;
}

void Decisions::Impl::add_constraints(const Question& question, const class_datum_t& tclass,
                                      std::uint32_t bit, std::vector<Obstacle>& obstacles) const {
    const Subjects subjects{question.source, question.target};
    for (const auto* node = tclass.constraints; node != nullptr; node = node->next)
        if ((node->permissions & bit) != 0 && !holds(db, node->expr, subjects))
            obstacles.push_back(describe(question, tclass, *node));
}

Obstacle Decisions::Impl::describe(const Question& question, const class_datum_t& tclass,
                                   const constraint_node_t& constraint) const {
    const bool mls = is_mls(constraint.expr);
    const auto names = permission_names(tclass, constraint.permissions);
    return {mls ? Obstacle::Kind::mls : Obstacle::Kind::constraint,
            std::string(mls ? "mlsconstrain " : "constrain ") +
                db.p_class_val_to_name[question.tclass - 1] + " { " + join(names, " ") + " } " +
                to_source(db, constraint.expr),
            remedy(question, constraint.expr)};
}

// Tries what a recipe can change, from the smallest on: the object's user, role and level, then
// an attribute for the domain.
std::string Decisions::Impl::remedy(const Question& question,
                                    const constraint_expr_t* expression) const {
    const auto satisfied_by = [&](auto SecurityContext::*field) {
        SecurityContext target = question.target;
        target.*field = question.source.*field;
        return holds(db, expression, {question.source, target});
    };
    if (satisfied_by(&SecurityContext::user))
        return "the target's user to be " + user_name(question.source.user);
    if (satisfied_by(&SecurityContext::role))
        return "the target's role to be " + role_name(question.source.role);
    if (satisfied_by(&SecurityContext::range))
        return "the target's level to be the source's";
    const auto wanted = wanted_attributes(db, expression);
    return wanted.empty()
               ? std::string()
               : type_name(question.source.type) + " to have the attribute " + join(wanted, " or ");
}

bool Decisions::Impl::role_forbidden(const Question& question, std::uint32_t bit) const {
    if (question.tclass != db.process_class || (db.process_trans_dyntrans & bit) == 0 ||
        question.source.role == question.target.role)
        return false;
    for (const role_allow_t* allow = db.role_allow; allow != nullptr; allow = allow->next)
        if (allow->role == question.source.role && allow->new_role == question.target.role)
            return false;
    return true;
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
    const std::uint32_t parent = db.type_val_to_struct[question.source.type - 1]->bounds;
    if (parent == 0)
        return {};
    Question result = question;
    result.source.type = parent;
    if (const auto of_target = db.type_val_to_struct[question.target.type - 1]->bounds)
        result.target.type = of_target;
    return result;
}

// All that is allowed in the end. Chains of bounds are as short as the policy's author made them,
// and libsepol refuses loops.
std::uint32_t Decisions::Impl::allowed(const Question& question,
                                       const class_datum_t& tclass) const {
    std::uint32_t bits = vectors(question).allowed & ~obstructed(question, tclass);
    if (const auto parent = bounding(question); parent && bits != 0)
        bits &= allowed(*parent, tclass);
    return bits;
}

void Decisions::Impl::add_bounds(const Question& question, const class_datum_t& tclass,
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
        const auto flips = flips_for(db, *rule.block, rule.branch);
        if (flips && (!best || flips->size() < best->size() ||
                      (flips->size() == best->size() && *flips < *best)))
            best = flips;
    }
    std::vector<BooleanSetting> settings;
    for (const std::uint32_t boolean : best.value_or(Values()))
        settings.push_back(
            {db.p_bool_val_to_name[boolean - 1], db.bool_val_to_struct[boolean - 1]->state == 0});
    return settings;
}

Decisions::Decisions(const PolicyDb& policy)
    : impl_(std::make_unique<const Impl>(policy.impl_->db())) {}
Decisions::~Decisions() = default;

std::vector<Decision> Decisions::decide(const std::string& scontext, const std::string& tcontext,
                                        const std::string& tclass,
                                        const std::vector<std::string>& permissions) const {
    const class_datum_t& datum = impl_->class_of(tclass);
    const Question question{impl_->context_of(scontext), impl_->context_of(tcontext),
                            datum.s.value};
    const Vectors vectors = impl_->vectors(question);
    std::vector<Decision> decisions;
    for (const std::string& permission : permissions) {
        const std::uint32_t bit = permission_bit(datum, permission);
        if (bit == 0)
            throw std::invalid_argument("not a permission of class " + tclass + ": " + permission);
        Decision decision;
        decision.rule = (vectors.allowed & bit) != 0;
        decision.dontaudit = (vectors.dontaudit & bit) != 0;
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
    const class_datum_t& datum = impl_->class_of(tclass);
    const Vectors vectors =
        impl_->vectors(impl_->type_of(source), impl_->type_of(target), datum.s.value);
    return (vectors.allowed & permission_bit(datum, permission)) != 0;
}

bool Decisions::has_extended_rules(const std::string& source, const std::string& target,
                                   const std::string& tclass) const {
    bool found = false;
    impl_->for_each_key(impl_->type_of(source), impl_->type_of(target),
                        impl_->class_of(tclass).s.value, [&](std::uint64_t key) {
                            const Rules* rules = impl_->rules.find(key);
                            found = found || (rules != nullptr && rules->extended);
                        });
    return found;
}

bool Decisions::command_allowed(const std::string& source, const std::string& target,
                                const std::string& tclass, std::uint16_t command) const {
    const auto driver = static_cast<std::uint8_t>(command >> 8U);
    const auto number = static_cast<std::uint8_t>(command & 0xffU);
    const auto grants = [&](const avtab_extended_perms_t& entry) {
        if (entry.specified == AVTAB_XPERMS_IOCTLDRIVER)
            return xperm_test(driver, entry.perms) != 0;
        return entry.specified == AVTAB_XPERMS_IOCTLFUNCTION && entry.driver == driver &&
               xperm_test(number, entry.perms) != 0;
    };
    bool found = false;
    impl_->for_each_key(impl_->type_of(source), impl_->type_of(target),
                        impl_->class_of(tclass).s.value, [&](std::uint64_t key) {
                            const Rules* rules = impl_->rules.find(key);
                            if (rules != nullptr && rules->extended)
                                for (const auto* entry : impl_->rules.extended(key))
                                    found = found || grants(*entry);
                        });
    return found;
}

std::vector<Obstacle> Decisions::relabel_obstacles(const std::string& old_context,
                                                   const std::string& new_context,
                                                   const std::string& task_context,
                                                   const std::string& tclass) const {
    const class_datum_t& datum = impl_->class_of(tclass);
    const SecurityContext before = impl_->context_of(old_context);
    const SecurityContext after = impl_->context_of(new_context);
    const SecurityContext task = impl_->context_of(task_context);
    std::vector<Obstacle> obstacles;
    for (const auto* node = datum.validatetrans; node != nullptr; node = node->next)
        if (!holds(impl_->db, node->expr, {before, after, &task})) {
            const bool mls = is_mls(node->expr);
            obstacles.push_back({mls ? Obstacle::Kind::mls : Obstacle::Kind::constraint,
                                 std::string(mls ? "mlsvalidatetrans " : "validatetrans ") +
                                     tclass + " " + to_source(impl_->db, node->expr),
                                 {}});
        }
    return obstacles;
}

} // namespace selns::selinux
