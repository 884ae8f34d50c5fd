#pragma once

#include "selns/base/error.hpp"
#include "selns/module/format.hpp"
#include "selns/module/require_block.hpp"
#include "selns/module/rules.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What a module's file consists of. Inside of this library: others use LocalModule.
namespace selns::module {

// A statement that is no plain rule, and so stays as it is.
struct KeptStatement {
    std::string key;  // without layout and comments
    std::string text; // as it is in the file
    Location at;
};

struct ModuleRule {
    Grant grant;
    std::vector<std::string> comments; // lines above it, people's; each once

    // Takes a comment line: its provenance when it is that, else once among the comments.
    void add_comment(std::string_view line, Format format);
};

struct ModuleParts {
    // Everything but the rules and the require block, which stands between the two.
    std::string head;
    std::string tail;
    RequireBlock require; // what the file says, not what its rules need besides
    std::vector<KeptStatement> statements;
    std::set<std::string> declared_types; // by top-level statements
    std::set<std::string> declared;       // these, aliases and attributes
    std::map<Triple, ModuleRule> rules;
    std::size_t size = 0; // rules and commands that were read
};

// Who reads: the file's owner, or somebody who takes it into a module of another name.
enum class Reading { own, foreign };

ModuleParts read_cil_module(std::string_view text, const std::string& file, Reading reading);
ModuleParts read_te_module(std::string_view text, const std::string& file, Reading reading);

// For readers: GRANT as one more statement about TRIPLE, found AT, with the comments at it.
void add_rule(ModuleParts& parts, const Triple& triple, const Grant& grant,
              const std::vector<std::string>& comments, Format format, const Location& at);

// For readers: the Error for a declared type whose NAME has a dot. checkmodule takes it for a
// hierarchy, but packages become CIL when they are installed, and CIL has no such names.
void refuse_dots(const std::string& name, const Location& at);

// "module NAME 1.0;", NAME being the stem of FILE; an invalid_input Error if it is no name.
std::string te_module_statement(const std::string& file);

// The file's text.
std::string print_module(const ModuleParts& parts, Format format);

} // namespace selns::module
