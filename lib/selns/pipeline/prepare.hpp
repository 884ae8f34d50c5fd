#pragma once

#include "selns/recipe/recipe.hpp"
#include "selns/tree/tree.hpp"

namespace selns::pipeline {

// The recipe's `files` as a tree of their own, owned by root, with MTIME.
tree::Tree files_overlay(const recipe::Recipe& recipe, tree::Timestamp mtime);

// What the recipe says about the system itself: hostname, root's password. Adds /lost+found when
// an image of a format that has one is asked for, so that it is labelled like every other
// directory.
void configure(tree::Tree& rootfs, const recipe::Recipe& recipe, tree::Timestamp mtime);

// The newest time of modification in a tree: what files made by the build are dated with when
// SOURCE_DATE_EPOCH does not say.
tree::Timestamp newest_mtime(const tree::Tree& tree);

} // namespace selns::pipeline
