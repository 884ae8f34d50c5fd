#pragma once

#include "selns/verdict/policy.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace selns::test {

// A policy of a few names. Every context of its types is valid but those of INVALID.
class FakePolicy final : public verdict::Policy {
  public:
    using Access = std::tuple<std::string, std::string, std::string, std::string>;

    std::set<std::string, std::less<>> types;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> attributes;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> classes;
    std::set<std::string> invalid;
    // By (source type, target type, class, permission):
    std::set<Access> allowed;
    std::map<Access, selinux::Decision> decisions; // what else there is to say
    std::map<Access, std::string> neverallows;
    // By (source type, target type, class): the commands of allowxperm rules.
    std::map<std::tuple<std::string, std::string, std::string>, std::set<std::uint16_t>> commands;
    std::map<std::tuple<std::string, std::string, std::string>, std::set<std::uint16_t>> messages;
    std::vector<selinux::Obstacle> relabelling;
    // (type, class, device) of what nobody can relabel.
    std::set<std::tuple<std::string, std::string, std::string>> kernel_labelled;
    verdict::FileContexts contexts;

    bool has_type(std::string_view name) const override { return types.contains(name); }
    bool is_attribute(std::string_view name) const override { return attributes.contains(name); }
    bool has_attribute(std::string_view type, std::string_view attribute) const override {
        const auto found = attributes.find(attribute);
        return found != attributes.end() && found->second.contains(type);
    }
    bool labelled_by_file_system(std::string_view type, std::string_view tclass,
                                 std::string_view device) const override {
        return kernel_labelled.contains(
            {std::string(type), std::string(tclass), std::string(device)});
    }
    const verdict::FileContexts& file_contexts() const override { return contexts; }
    bool has_class(std::string_view name) const override { return classes.contains(name); }
    bool has_permission(std::string_view tclass, std::string_view permission) const override {
        const auto found = classes.find(tclass);
        return found != classes.end() && found->second.contains(permission);
    }
    bool valid_context(const std::string& context) const override {
        return !invalid.contains(context) && types.contains(type_in(context));
    }
    std::vector<selinux::Decision>
    decide(const std::string& scontext, const std::string& tcontext, const std::string& tclass,
           const std::vector<std::string>& permissions) const override {
        std::vector<selinux::Decision> result;
        for (const std::string& permission : permissions) {
            const Access access{type_in(scontext), type_in(tcontext), tclass, permission};
            const auto found = decisions.find(access);
            result.push_back(found == decisions.end() ? selinux::Decision() : found->second);
            result.back().rule |= allowed.contains(access);
        }
        return result;
    }
    bool rule_allows(const std::string& source, const std::string& target,
                     const std::string& tclass, const std::string& permission) const override {
        return allowed.contains({source, target, tclass, permission});
    }
    bool has_extended_rules(const std::string& source, const std::string& target,
                            const std::string& tclass) const override {
        return commands.contains({source, target, tclass});
    }
    bool command_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t command) const override {
        const auto found = commands.find({source, target, tclass});
        return found != commands.end() && found->second.contains(command);
    }
    bool has_message_rules(const std::string& source, const std::string& target,
                           const std::string& tclass) const override {
        return messages.contains({source, target, tclass});
    }
    bool message_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t type) const override {
        return messages.at({source, target, tclass}).contains(type);
    }
    std::vector<selinux::Obstacle> relabel_obstacles(const std::string&, const std::string&,
                                                     const std::string&,
                                                     const std::string&) const override {
        return relabelling;
    }
    std::optional<std::string> neverallow(const std::string& source, const std::string& target,
                                          const std::string& tclass,
                                          const std::string& permission) const override {
        const auto found = neverallows.find({source, target, tclass, permission});
        return found == neverallows.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    static std::string type_in(const std::string& context) {
        const std::size_t at = context.find(':', context.find(':') + 1);
        return at == std::string::npos ? context
                                       : context.substr(at + 1, context.find(':', at + 1) - at - 1);
    }
};

// a_t .. f_t; file, dir and process with some of their permissions.
inline FakePolicy small_policy() {
    FakePolicy policy;
    policy.types = {"a_t", "b_t", "c_t", "d_t", "e_t", "f_t"};
    policy.classes = {{"file", {"append", "getattr", "ioctl", "open", "read", "write"}},
                      {"dir", {"add_name", "read", "search", "write"}},
                      {"process", {"setsched", "signal", "transition"}}};
    return policy;
}

inline std::string process_context(const std::string& type) {
    return "system_u:system_r:" + type + ":s0";
}

inline std::string object_context(const std::string& type) {
    return "system_u:object_r:" + type + ":s0";
}

} // namespace selns::test
