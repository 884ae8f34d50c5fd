#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::denials {

// What an allow rule is about. A target that is the source itself is written "self".
struct Triple {
    std::string source;
    std::string target;
    std::string tclass;
    auto operator<=>(const Triple&) const = default;
};

using Permissions = std::set<std::string>;
using Rules = std::map<Triple, Permissions>;

// The allow rule in CIL, without a line feed.
std::string to_cil(const Triple& triple, const Permissions& permissions);

// What was added to one rule.
struct RuleChange {
    Triple triple;
    Permissions added;
    bool widened = false; // the rule was there, with fewer permissions; else it is new
};

// The local policy module: allow rules, merged on (source, target, class), and whatever else
// somebody wrote into the file. A value: reading and writing the file is its owner's affair.
class LocalModule {
  public:
    // A new one: no rules, and a comment that says what it is.
    LocalModule();

    // Reads CIL. NAME stands for the file in errors: text that is no CIL, and an allow statement
    // that is none, are invalid_input Errors with their line. Statements other than plain allow
    // rules (those with permission expressions or permission sets among them) are kept as they
    // are, in their order, and so are comments; comments right above or behind an allow rule stay
    // with it. An empty text is a new module.
    static LocalModule parse(std::string_view text, const std::string& name);

    // Adds RULES as a set union, and tells what was not there before. Their sources and targets
    // are types, not attributes. Throws std::invalid_argument for a name that is none in CIL.
    std::vector<RuleChange> merge(const Rules& rules);

    // The file's canonical form: what is no rule first, then one line per rule, sorted.
    std::string str() const;

    Rules rules() const;
    // Types that the module itself declares, by top-level statements.
    const std::set<std::string>& declared_types() const { return declared_types_; }

    // Whether both say the same, whatever their comments and layout.
    bool same_statements(const LocalModule& other) const;

  private:
    friend class ModuleParser;

    struct Rule {
        Permissions permissions;
        std::vector<std::string> comments; // lines above it, each with its ";", each once

        void add_comment(std::string comment);
    };

    Permissions granted(const Triple& triple) const;

    std::string head_;                    // everything but the rules, as it is printed
    std::vector<std::string> statements_; // those of the head, without layout
    std::set<std::string> declared_types_;
    std::map<Triple, Rule> rules_;
};

// The rules that made AFTER of BEFORE, in order.
std::vector<RuleChange> added_rules(const LocalModule& before, const LocalModule& after);

} // namespace selns::denials
