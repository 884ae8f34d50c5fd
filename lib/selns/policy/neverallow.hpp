#pragma once

#include "selns/selinux/policydb.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::policy {

// An installed module as CIL text.
struct ModuleText {
    std::string name;
    std::string cil;
};

// The neverallow rules of MODULES, as CIL text for Neverallows::parse(): the attributes that they
// name are evaluated against POLICY, whose kernel form has no neverallow rules and lacks the
// attributes that only those use. Rules inside of macros are not seen; a rule whose form is not
// understood becomes a comment ";? MODULE: ...".
std::string collect_neverallows(const std::vector<ModuleText>& modules,
                                const selinux::PolicyDb& policy);

// The neverallow rules of a policy.
class Neverallows {
  public:
    struct Rule {
        std::string source; // a type or an attribute
        std::string target; // or "self"
        std::string tclass;
        std::set<std::string, std::less<>> permissions;
        std::string module; // that has it; empty: not known
        int line = 0;       // of the module as CIL
        // What the source and target are made of in the module, where these are attributes that
        // only the compiler has named: "{ domain -shadow_t }"; else empty.
        std::string source_words;
        std::string target_words;
    };

    // Reads what collect_neverallows() wrote; NAME stands for it in errors.
    static Neverallows parse(std::string_view text, const std::string& name);

    // The first rule that an allow rule would break; null when there is none.
    const Rule* broken_by(std::string_view source, std::string_view target, std::string_view tclass,
                          std::string_view permission) const;

    const std::vector<Rule>& rules() const { return rules_; }
    // Rules that were not understood, so that nobody takes silence for an answer.
    const std::vector<std::string>& unknown() const { return unknown_; }

  private:
    // Types, or all but these: most sets of neverallow rules are complements.
    struct TypeSet {
        bool complement = false;
        std::set<std::string, std::less<>> types;
    };
    bool contains(const std::string& set, std::string_view type) const;

    std::vector<Rule> rules_;
    std::map<std::string, TypeSet> sets_;
    std::vector<std::string> unknown_;
};

// A neverallow rule as policy source has it, and where it stands.
std::string to_source(const Neverallows::Rule& rule);

} // namespace selns::policy
