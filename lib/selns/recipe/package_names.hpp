#pragma once

#include "selns/recipe/source.hpp"

#include <string>
#include <string_view>

namespace selns::recipe {

// What an item of `packages` may look like for some source, as a regular expression.
std::string any_package_pattern();

// What is wrong with an item of `packages`, which has that pattern, for SOURCE; empty when nothing
// is. A root that exists already may have either of apt and dnf.
std::string package_problem(const Source& source, std::string_view item);

} // namespace selns::recipe
