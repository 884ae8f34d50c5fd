#pragma once

#include "selns/base/error.hpp"
#include "selns/module/te_statement.hpp"

#include <string_view>

// The m4 macros in .te texts of reference policies. They are expanded where such a policy is built;
// here, only those two that say nothing about a policy are understood.
// Inside of this library.
namespace selns::module {

constexpr std::string_view module_macro = "policy_module"; // in the place of "module"
constexpr std::string_view require_macro = "gen_require";  // of "require"

// The error for the macro NAME, which nothing here can expand.
Error macro_error(std::string_view name, const Location& at);

// Whether NAME, of permissions or classes, is that of a macro: read_file_perms, file_class_set.
bool is_macro_set(std::string_view name);

bool is_module_macro(const TeStatement& statement);  // policy_module(NAME, VERSION)
bool is_require_macro(const TeStatement& statement); // gen_require(`...')

} // namespace selns::module
