#pragma once

#include "selns/module/format.hpp"
#include "selns/module/parts.hpp"
#include "selns/module/print_rules.hpp"
#include "selns/module/rules.hpp"
#include "selns/verdict/access_pattern.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::module {

// What was added to one rule.
struct RuleChange {
    Triple triple;
    Permissions added;         // with `ioctl` and no commands: every command
    Commands commands;         // of ioctl, that were added
    bool all_commands = false; // ioctl was limited to commands, and is so no longer
    bool widened = false;      // the rule was there and allowed less; else it is new
};

// What was taken from one rule.
struct RuleRemoval {
    Triple triple;
    Permissions permissions;
    Commands commands;  // of ioctl, when others stay
    bool whole = false; // nothing was left: the rule is gone, with its comments
};

// What a module took over from another one.
struct Import {
    std::vector<RuleChange> changes;
    std::vector<std::string> statements; // other than rules, without layout; only new ones
};

// The local policy module: allow rules, merged on (source, target, class), and whatever else
// somebody wrote into the file. A value: reading and writing the file is its owner's affair.
class LocalModule {
  public:
    // A new one: no rules, and a comment that says what it is. NAME, the file's stem, is part of
    // the text in .te: one that checkmodule would not take is an invalid_input Error.
    LocalModule() : LocalModule(Format::cil, std::string()) {}
    LocalModule(Format format, const std::string& name);

    // Reads the text of FILE, whose name tells the format; it also stands for the file in errors.
    // Statements other than plain allow and allowxperm rules are kept as they are, in their
    // order, and so are comments; comments right above or behind a rule stay with it. What cannot
    // be kept intact is an invalid_input Error with its line: text that is neither CIL nor .te, an
    // allow statement that is none, a module statement that does not name the file. An empty text
    // is a new module.
    static LocalModule parse(std::string_view text, const std::string& file);

    // Adds RULES as the join of both (see Grant), and tells what was not there before; provenance
    // is merged in any case. Their sources and targets are types, not attributes. Throws
    // std::invalid_argument for a name that is none in CIL and for a rule that grants nothing, and
    // an Error for one that .te reserves: see accepts().
    std::vector<RuleChange> merge(Rules rules);
    // Adds dontaudit rules behind the other statements, and tells those that were not there. Names
    // are as for merge().
    std::vector<std::string> silence(const Rules& accesses);
    // Whether NAME, of a type, class or permission, can stand in this module's format.
    bool accepts(std::string_view name) const;

    // Takes away what RULES allow, as rules() names them, and tells what that was. Commands alone
    // are not taken from a rule that allows all of them.
    std::vector<RuleRemoval> subtract(const Rules& rules);

    // Adds what import_module() read: its rules as they are written, and its other statements,
    // each once, behind this module's own. They have to be in the same language: else nothing
    // is added, and the Error names the first of them.
    Import take(const LocalModule& other);

    // The file's canonical form: what is no rule first, then the rules, sorted.
    std::string str() const { return print_module(parts_, format_); }

    Format format() const { return format_; }
    Rules rules() const;
    // Types that the module itself declares, by top-level statements.
    const std::set<std::string>& declared_types() const { return parts_.declared_types; }

    // What its own dontaudit rules hide, those of names only.
    std::vector<verdict::AccessPattern> hidden() const;

    // Whether it says nothing: such a module is not worth installing, and in .te cannot be.
    bool empty() const;
    // Whether it has nothing but allow and allowxperm rules on names: these can be taken into a
    // module in either language.
    bool only_rules() const { return parts_.statements.empty(); }
    // Whether both say the same, whatever their comments, provenance and layout.
    bool same_statements(const LocalModule& other) const;

  private:
    friend LocalModule import_module(std::string_view text, Format format, const std::string& file);

    LocalModule(Format format, ModuleParts parts) : format_(format), parts_(std::move(parts)) {}

    void check(const Triple& triple, const Grant& grant) const;
    void forget_requirements(const std::vector<RuleRemoval>& removals);

    Format format_;
    ModuleParts parts_;
};

// Reads the text of FILE, a module of any name that is to be taken into a local one. CIL made of
// a .pp (selinux::module_package_to_cil) may have top-level `cil_gen_require` statements: they
// say nothing that the other statements do not need anyway, and are left out.
LocalModule import_module(std::string_view text, Format format, const std::string& file);

} // namespace selns::module
