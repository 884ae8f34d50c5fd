#pragma once

#include "selns/denials/verdict.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace selns::test {

// A policy of a few names. Every context of its types is valid but those of INVALID.
class FakePolicy final : public denials::Policy {
  public:
    std::set<std::string, std::less<>> types;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> classes;
    std::set<std::string> invalid;
    // (scontext, tcontext, class, permission) that it allows.
    std::set<std::tuple<std::string, std::string, std::string, std::string>> allowed;

    bool has_type(std::string_view name) const override { return types.contains(name); }
    bool has_class(std::string_view name) const override { return classes.contains(name); }
    bool has_permission(std::string_view tclass, std::string_view permission) const override {
        const auto found = classes.find(tclass);
        return found != classes.end() && found->second.contains(permission);
    }
    bool valid_context(const std::string& context) const override {
        return !invalid.contains(context);
    }
    std::vector<std::string> denied(const std::string& scontext, const std::string& tcontext,
                                    const std::string& tclass,
                                    const std::vector<std::string>& permissions) const override {
        std::vector<std::string> rest;
        std::ranges::copy_if(permissions, std::back_inserter(rest), [&](const auto& permission) {
            return !allowed.contains({scontext, tcontext, tclass, permission});
        });
        return rest;
    }
};

// a_t .. f_t; file, dir and process with some of their permissions.
inline FakePolicy small_policy() {
    FakePolicy policy;
    policy.types = {"a_t", "b_t", "c_t", "d_t", "e_t", "f_t"};
    policy.classes = {{"file", {"append", "getattr", "open", "read", "write"}},
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
