#include "selns/selinux/av_index.hpp"

#include "selns/selinux/condition.hpp"

#include <bit>

namespace selns::selinux {

namespace {

std::uint64_t key_of(const avtab_key_t& key) {
    return av_key(key.source_type, key.target_type, key.target_class);
}

std::size_t hash(std::uint64_t key) {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> 24U);
}

// The access vectors of a dontaudit rule are those that are still audited.
void add_vectors(const avtab_key_t& key, const avtab_datum_t& datum, AccessVectorPair& vectors) {
    if ((key.specified & AVTAB_ALLOWED) != 0)
        vectors.allowed |= datum.data;
    if ((key.specified & AVTAB_AUDITDENY) != 0)
        vectors.dontaudit |= ~datum.data;
}

} // namespace

AvIndex::AvIndex(const policydb_t& db)
    : slots_(std::bit_ceil((std::size_t{db.te_avtab.nel} + db.te_cond_avtab.nel) * 2 + 16)),
      mask_(slots_.size() - 1) {
    for (std::uint32_t i = 0; i < db.te_avtab.nslot; ++i)
        for (const avtab_node* node = db.te_avtab.htable[i]; node != nullptr; node = node->next)
            add(node->key, node->datum);
    for (const cond_node_t* block = db.cond_list; block != nullptr; block = block->next) {
        const bool value = value_of(db, *block);
        add_conditional(block->true_list, {block, true, value, {}});
        add_conditional(block->false_list, {block, false, !value, {}});
    }
}

void AvIndex::add(const avtab_key_t& key, const avtab_datum_t& datum) {
    if ((key.specified & AVTAB_XPERMS_ALLOWED) != 0 && datum.xperms != nullptr) {
        extended_[key_of(key)].push_back(datum.xperms);
        rules_of(key_of(key)).extended = true;
    } else if ((key.specified & (AVTAB_ALLOWED | AVTAB_AUDITDENY)) != 0) {
        add_vectors(key, datum, rules_of(key_of(key)).vectors);
    }
}

void AvIndex::add_conditional(const cond_av_list_t* rules, const ConditionalRule& kind) {
    for (const auto* rule = rules; rule != nullptr; rule = rule->next) {
        ConditionalRule entry = kind;
        const std::uint64_t key = key_of(rule->node->key);
        add_vectors(rule->node->key, rule->node->datum, entry.vectors);
        if (entry.vectors.allowed == 0 && entry.vectors.dontaudit == 0)
            continue;
        conditional_[key].push_back(entry);
        rules_of(key).conditional = true;
    }
}

Rules& AvIndex::rules_of(std::uint64_t key) {
    std::size_t at = hash(key) & mask_;
    while (slots_[at].key != 0 && slots_[at].key != key)
        at = (at + 1) & mask_;
    slots_[at].key = key;
    return slots_[at].rules;
}

const Rules* AvIndex::find(std::uint64_t key) const {
    for (std::size_t at = hash(key) & mask_; slots_[at].key != 0; at = (at + 1) & mask_)
        if (slots_[at].key == key)
            return &slots_[at].rules;
    return nullptr;
}

} // namespace selns::selinux
