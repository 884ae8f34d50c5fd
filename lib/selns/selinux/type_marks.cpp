#include "selns/selinux/type_marks.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/kernel_policy.hpp"

#include <algorithm>

namespace selns::selinux {

namespace {

// What an entry allows now.
std::uint32_t allowed_by(const AvRules& rules, const AvRules::Entry& entry) {
    if (entry.kind == AvRules::Kind::allow)
        return entry.data;
    if (entry.kind == AvRules::Kind::conditional && rules.conditional(entry).active)
        return rules.conditional(entry).vectors.allowed;
    return 0;
}

std::uint32_t source_of(RuleKey key) {
    return key & 0xffffU;
}

std::uint32_t target_of(RuleKey key) {
    return key >> 16U & 0xffffU;
}

} // namespace

// A RuleMark in the policy's numbers.
struct TypeMarks::ClassRule {
    std::uint32_t permissions = 0;
    std::size_t step = 0;
    const RuleMark* rule = nullptr;
};

TypeMarks::TypeMarks(const PolicyDb& policy)
    : policy_(*policy.policy_), marks_(policy_.types.highest() + 1, 0) {}

bool TypeMarks::mark(std::string_view name, Marks marks) {
    const Type* found = policy_.types.find(name);
    if (found != nullptr)
        marks_[found->value] |= marks;
    return found != nullptr;
}

void TypeMarks::mark_initial(std::uint32_t sid, Marks marks) {
    for (const auto& [number, type] : policy_.initial_types)
        if (number == sid)
            marks_[type] |= marks;
    marks_[0] = 0;
}

void TypeMarks::mark_file_systems(std::span<const std::string_view> names, Marks marks) {
    for (const auto& [name, type] : policy_.file_systems)
        if (std::ranges::find(names, name) != names.end())
            marks_[type] |= marks;
    marks_[0] = 0;
}

std::vector<std::vector<TypeMarks::ClassRule>> TypeMarks::by_class(const Steps& steps) const {
    std::vector<std::vector<ClassRule>> result(policy_.classes.highest() + 1);
    for (std::size_t step = 0; step < steps.size(); ++step)
        for (const RuleMark& rule : steps[step]) {
            const SecurityClass* tclass = policy_.classes.find(rule.tclass);
            if (tclass == nullptr)
                continue;
            std::uint32_t permissions = 0;
            for (const std::string_view permission : split_words(rule.permissions))
                permissions |= tclass->permission_bit(permission);
            result[tclass->value].push_back({permissions, step, &rule});
        }
    return result;
}

std::vector<std::vector<TypeMarks::Match>> TypeMarks::matches(const Steps& steps) const {
    const auto wanted = by_class(steps);
    std::vector<std::uint32_t> of_any(wanted.size(), 0); // most rules are passed over by it
    for (std::size_t tclass = 0; tclass < wanted.size(); ++tclass)
        for (const ClassRule& rule : wanted[tclass])
            of_any[tclass] |= rule.permissions;
    std::vector<std::vector<Match>> found(steps.size());
    for (std::size_t position = 0; position < policy_.rules.size(); ++position) {
        const RuleKey key = policy_.rules.key(position);
        const std::uint32_t of_class = of_any[key >> 32U];
        if (of_class == 0)
            continue;
        const std::uint32_t allowed = allowed_by(policy_.rules, policy_.rules.entry(position));
        if ((allowed & of_class) == 0)
            continue;
        for (const auto& [permissions, step, rule] : wanted[key >> 32U])
            if ((allowed & permissions) != 0 && marks_something(*rule, key))
                found[step].push_back({rule, key});
    }
    return found;
}

bool TypeMarks::mark_matches(std::span<const Match> matches) {
    std::vector<std::optional<Marks>> symbols(marks_.size()); // those that were asked for
    std::vector<Marks> added(marks_.size(), 0);
    for (const auto& [rule, key] : matches)
        mark_side(*rule, key, symbols, added);
    bool any = false;
    for (std::size_t value = 1; value < marks_.size(); ++value) {
        any = any || (added[value] & ~marks_[value]) != 0;
        marks_[value] |= added[value];
    }
    return any;
}

void TypeMarks::mark_rules(const Steps& steps) {
    const auto found = matches(steps);
    for (const auto& step : found)
        mark_matches(step);
    while (!found.empty() && mark_matches(found.back())) {
    }
}

bool TypeMarks::marks_something(const RuleMark& rule, std::uint64_t key) const {
    return (source_of(key) != target_of(key) || rule.themselves) &&
           (rule.side != RuleMark::Side::target_type || !is_attribute(target_of(key)));
}

void TypeMarks::mark_side(const RuleMark& rule, std::uint64_t key,
                          std::vector<std::optional<Marks>>& symbols,
                          std::vector<Marks>& added) const {
    const bool marks_source = rule.side == RuleMark::Side::source;
    const std::uint32_t marked = marks_source ? source_of(key) : target_of(key);
    const std::uint32_t other = marks_source ? target_of(key) : source_of(key);
    if ((rule.marks & ~(marks_[marked] | added[marked])) == 0)
        return;
    if (rule.other != 0) {
        if (!symbols[other])
            symbols[other] = of_symbol(other);
        if ((*symbols[other] & rule.other) == 0)
            return;
    }
    added[marked] |= rule.marks;
}

Marks TypeMarks::of_type(std::uint32_t value) const {
    Marks marks = 0;
    for (const std::uint16_t attribute : policy_.type_attributes.of(value))
        marks |= marks_[attribute];
    for (const auto& [cleared, where] : cleared_)
        if ((marks & where) != 0)
            marks &= ~cleared;
    return marks;
}

// Or nothing at all: not every number has a symbol.
bool TypeMarks::is_attribute(std::uint32_t value) const {
    const Type* found = policy_.types.find(value);
    return found == nullptr || found->attribute;
}

// What is said of an attribute alone is not what all that happens to be in it has.
Marks TypeMarks::of_symbol(std::uint32_t value) const {
    return is_attribute(value) ? marks_[value] : of_type(value);
}

Marks TypeMarks::of(std::string_view name) const {
    const Type* found = policy_.find_type(name);
    return found == nullptr ? 0 : of_type(found->value);
}

} // namespace selns::selinux
