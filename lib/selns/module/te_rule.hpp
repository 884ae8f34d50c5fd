#pragma once

#include "selns/module/require_block.hpp"
#include "selns/module/rules.hpp"
#include "selns/module/te_statement.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace selns::module {

// One allow or allowxperm statement, which may be about sets of types and classes.
struct TeRule {
    std::vector<Triple> triples;
    Grant grant;
};

// STATEMENT, an allow or allowxperm statement, as a rule of names only. Nothing when it is
// something else that the language knows: a role allow rule, one with "*", "~" or "-", or sets of
// so many names that their rules would not be readable. Neither is an invalid_input Error.
std::optional<TeRule> plain_rule(const TeStatement& statement, const std::string& file);

// Adds what a require block names, and the comments in it.
void read_require(const TeStatement& statement, const std::string& file, RequireBlock& require);

// The types, type aliases and attributes that a declaration declares; none for other statements.
struct TeDeclared {
    std::set<std::string> types;
    std::set<std::string> others; // aliases, attributes
};
TeDeclared declared_by(const TeStatement& statement);

} // namespace selns::module
