#pragma once

#include <string_view>

namespace selns::log {

// Letters, digits, "_", "." and "-", at most 255 of them: what may stand in a log as the name of
// a type, class or permission ("0x40" is one, where the kernel has no name).
bool is_word(std::string_view text);

// A word that CIL reads as a name, and as nothing else, wherever one may stand: it begins with a
// letter and is none of CIL's operators ("all", "self", ...). Only names get into a module.
bool is_name(std::string_view text);

// A word that checkmodule reads as a name: letters, digits, "_" and "-", the first a letter, and
// none of the words that .te reserves.
bool is_te_name(std::string_view text);

// Whether .te reserves TEXT ("type", "ROLE", "self"; "Type" is a name).
bool is_te_reserved(std::string_view text);

// The type of a context USER:ROLE:TYPE[:RANGE]; empty when TEXT does not have that form, or holds
// a byte that no context has.
std::string_view context_type(std::string_view text);

} // namespace selns::log
