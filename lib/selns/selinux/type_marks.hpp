#pragma once

#include "selns/selinux/policydb.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::selinux {

using Marks = std::uint32_t; // a bit for each

// Numbers of initial SIDs, which are the same in every policy.
constexpr std::uint32_t sid_kernel = 1;
constexpr std::uint32_t sid_devnull = 27;

// The allow rules that give one of PERMISSIONS mark one of their sides.
struct RuleMark {
    enum class Side { source, target, target_type }; // the last: only a type, not an attribute

    std::string_view tclass;
    std::string_view permissions; // with blanks between them
    Side side = Side::source;
    Marks marks = 0;
    bool themselves = false; // rules of a type on itself count, too
    Marks other = 0;         // only where the other side has one of these marks; 0: wherever
};

// What a policy shows of its types: marks on types and on attributes. A type has its own marks and
// those of its attributes. Rules in `if` blocks count while they apply. Many rules are looked
// through in the time of some decisions.
class TypeMarks {
  public:
    explicit TypeMarks(const PolicyDb& policy); // POLICY outlives it

    // NAME is a type, an alias or an attribute; false when the policy does not have it.
    bool mark(std::string_view name, Marks marks);
    // The type of an initial SID, where the policy has it.
    void mark_initial(std::uint32_t sid, Marks marks);
    // What genfscon rules label in these file systems.
    void mark_file_systems(std::span<const std::string_view> names, Marks marks);
    // One step after the other, the last one again and again until there are no new marks. All
    // rules of a step see the marks that were there before it.
    using Steps = std::vector<std::span<const RuleMark>>;
    void mark_rules(const Steps& steps);
    // No type that has one of the marks WHERE has these, whenever they are made.
    void clear(Marks marks, Marks where) { cleared_.emplace_back(marks, where); }

    // None for names of no type that the policy has.
    Marks of(std::string_view name) const;

  private:
    struct ClassRule;
    struct Match { // a rule of the policy that gives what RULE asks for
        const RuleMark* rule = nullptr;
        std::uint64_t key = 0;
    };
    std::vector<std::vector<ClassRule>> by_class(const Steps& steps) const;
    std::vector<std::vector<Match>> matches(const Steps& steps) const; // of each step
    bool mark_matches(std::span<const Match> matches); // returns whether there are new marks
    // Whatever marks the other side has.
    bool marks_something(const RuleMark& rule, std::uint64_t key) const;
    void mark_side(const RuleMark& rule, std::uint64_t key,
                   std::vector<std::optional<Marks>>& symbols, std::vector<Marks>& added) const;
    bool is_attribute(std::uint32_t value) const;
    Marks of_symbol(std::uint32_t value) const;
    Marks of_type(std::uint32_t value) const;

    const KernelPolicy& policy_;
    std::vector<Marks> marks_; // of each type and attribute
    std::vector<std::pair<Marks, Marks>> cleared_;
};

} // namespace selns::selinux
