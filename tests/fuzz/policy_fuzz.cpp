// A kernel policy: whatever is read answers every question, and takes rules that it then has.

#include "selns/base/error.hpp"
#include "selns/selinux/decisions.hpp"
#include "selns/selinux/policy_patch.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using selns::selinux::Decisions;
using selns::selinux::PolicyDb;

constexpr std::size_t most = 4; // of each kind of name

std::vector<std::string> some(std::vector<std::string> names) {
    if (names.size() > most)
        names.resize(most);
    return names;
}

std::vector<std::string> contexts_of(const PolicyDb& policy) {
    std::vector<std::string> contexts;
    for (const std::string& user : some(policy.users()))
        for (const std::string& role : some(policy.roles()))
            for (const std::string& type : some(policy.types()))
                for (const char* range : {"", ":s0", ":s0-s1:c0.c3", ":s1:c1,c3"})
                    if (const std::string text = user + ":" + role + ":" + type + range;
                        policy.valid_context(text))
                        contexts.push_back(text);
    return some(contexts);
}

void ask_about_names(const PolicyDb& policy) {
    policy.booleans();
    policy.handle_unknown();
    for (const std::string& attribute : some(policy.attributes()))
        for (const std::string& member : policy.attribute_members(attribute))
            policy.has_attribute(member, attribute);
}

void ask(const PolicyDb& policy, const Decisions& decisions, const std::string& source,
         const std::string& target) {
    for (const char* tclass : {"process", "file", "dir"}) {
        if (!policy.has_class(tclass))
            continue;
        decisions.decide(source, target, tclass, policy.permissions(tclass));
        decisions.relabel_obstacles(source, target, source, tclass);
        for (const std::string& type : some(policy.types())) {
            decisions.has_extended_rules(type, type, tclass);
            decisions.command_allowed(type, type, tclass, 0x5401);
        }
    }
}

// What is written is read again, and has the rules.
void add_rules(std::string_view image, const PolicyDb& policy, const std::string& source,
               const std::string& target) {
    using Kind = selns::selinux::PlainRule::Kind;
    for (const char* tclass : {"process", "file", "dir"}) {
        const auto permissions = policy.permissions(tclass);
        if (permissions.empty())
            continue;
        try {
            const std::string patched = selns::selinux::add_rules(
                image,
                {{Kind::allow, source, target, tclass, {permissions.front()}, {}},
                 {Kind::auditallow, source, target, tclass, {permissions.back()}, {}},
                 {Kind::dontaudit, source, target, tclass, {permissions.back()}, {}},
                 {Kind::allow_commands, source, target, tclass, {}, {0x5401, 0x8910}}},
                "policy.33");
            const auto again = PolicyDb::read(patched, "policy.33");
            const Decisions decisions(again);
            if (!decisions.rule_allows(source, target, tclass, permissions.front()) ||
                !decisions.command_allowed(source, target, tclass, 0x8910))
                std::abort();
        } catch (const selns::selinux::NotPatchable&) { // NOLINT(bugprone-empty-catch): it says why
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view image(reinterpret_cast<const char*>(data), size);
    try {
        const auto policy = PolicyDb::read(image, "policy.33");
        ask_about_names(policy);
        const Decisions decisions(policy);
        const auto contexts = contexts_of(policy);
        for (const std::string& source : contexts)
            for (const std::string& target : contexts)
                ask(policy, decisions, source, target);
        for (const std::string& source : some(policy.types()))
            for (const std::string& target : some(policy.types()))
                add_rules(image, policy, source, target);
    } catch (const selns::Error&) { // NOLINT(bugprone-empty-catch): it says that it is damaged
    }
    return 0;
}
