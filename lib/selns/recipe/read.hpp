#pragma once

#include "selns/recipe/inputs.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/recipe/value.hpp"

namespace selns::recipe {

// The recipe that ROOT holds, with defaults for what it leaves out. What a form cannot tell is
// checked here and reported: files that are missing, keys that contradict each other. FILE is the
// recipe's own absolute path, FOLDERS those of included files by the name that they have in places.
Recipe read(const Value& root, const Path& file, std::map<std::string, Path> folders = {});

// Puts what VALUE says over SELINUX.
void read_selinux(const Value& value, const Inputs& inputs, Selinux& selinux);

} // namespace selns::recipe
