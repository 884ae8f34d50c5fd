#include "selns/selinux/av_rules.hpp"

namespace selns::selinux {

void AvRules::reserve(std::size_t entries) {
    rows_.reserve(entries);
}

void AvRules::add(RuleKey key, const ConditionalRule& rule) {
    add(key, {Kind::conditional, static_cast<std::uint32_t>(conditional_.size())});
    conditional_.push_back(rule);
}

void AvRules::add(RuleKey key, const ExtendedRule& rule) {
    add(key, {Kind::extended, static_cast<std::uint32_t>(extended_.size())});
    extended_.push_back(rule);
}

} // namespace selns::selinux
