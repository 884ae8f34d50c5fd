#pragma once

// The type enforcement rules of a policy, found by (source, target, class), for the sources of
// this module only. libsepol's own tables can be walked, but their search is not exported.

#include "selns/selinux/sepol.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace selns::selinux {

// A rule's key: type or attribute values and a class value, from 1.
constexpr std::uint64_t av_key(std::uint32_t source, std::uint32_t target, std::uint32_t tclass) {
    return std::uint64_t{source} << 32U | std::uint64_t{target} << 16U | tclass;
}

struct AccessVectorPair {
    std::uint32_t allowed = 0;
    std::uint32_t dontaudit = 0;
};

// What there is under a key.
struct Rules {
    AccessVectorPair vectors;
    bool conditional = false; // see AvIndex::conditional()
    bool extended = false;    // see AvIndex::extended()
};

// A rule in an `if` block.
struct ConditionalRule {
    const cond_node_t* block = nullptr;
    bool branch = true;  // the value of the block's expression that makes it apply
    bool active = false; // it does, with the policy's booleans
    AccessVectorPair vectors;
};

class AvIndex {
  public:
    explicit AvIndex(const policydb_t& db);

    // Null when there is nothing.
    const Rules* find(std::uint64_t key) const;
    // Only for keys whose Rules say that there are such.
    const std::vector<ConditionalRule>& conditional(std::uint64_t key) const {
        return conditional_.at(key);
    }
    const std::vector<const avtab_extended_perms_t*>& extended(std::uint64_t key) const {
        return extended_.at(key);
    }

  private:
    struct Slot {
        std::uint64_t key = 0; // 0: empty
        Rules rules;
    };

    void add(const avtab_key_t& key, const avtab_datum_t& datum);
    void add_conditional(const cond_av_list_t* rules, const ConditionalRule& kind);
    Rules& rules_of(std::uint64_t key);

    // Some hundred lookups make one decision, so this is a flat table with linear probing.
    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    std::unordered_map<std::uint64_t, std::vector<ConditionalRule>> conditional_;
    std::unordered_map<std::uint64_t, std::vector<const avtab_extended_perms_t*>> extended_;
};

} // namespace selns::selinux
