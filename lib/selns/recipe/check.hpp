#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/recipe/form.hpp"
#include "selns/yaml/node.hpp"

#include <string>

namespace selns::recipe {

// Adds everything about NODE that does not fit FORM to PROBLEMS, as "PATH: expected ..., got ...",
// up to a limit that no honest recipe reaches. PATH names the node; empty for the recipe itself.
void check(const Form& form, const yaml::Node& node, const std::string& path,
           Diagnostics& problems);

// Whether a node fits as far as itself goes: a scalar in full, a list or map by its kind.
bool fits(const Form& form, const yaml::Node& node);

// The alternative that NODE's shape selects; FORM itself when it is no choice, null when no
// alternative has that shape.
const Form* select(const Form& form, const yaml::Node& node);

// "PATH: TEXT", or TEXT where there is no path.
std::string about(const std::string& path, const std::string& text);

} // namespace selns::recipe
