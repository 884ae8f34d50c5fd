#pragma once

#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <string>

namespace selns::pipeline {

// What decides about the policy that selinux.policy_from gives; empty when it names no archive and
// no directory.
std::string policy_source_digest(const recipe::Recipe& recipe);

// Gives ROOTFS the policy of that archive or directory. An Error has the place in the recipe.
void give_policy(tree::Tree& rootfs, const recipe::Recipe& recipe, const Context& context);

// What gives the image its policy: selinux.policy_from, or what the image is made from.
Location place_of_policy(const recipe::Recipe& recipe);

// The image's SELINUXTYPE: the recipe's or, where that leaves it open, what the image says.
std::string policy_type(const recipe::Recipe& recipe, const tree::Tree& rootfs);

// RECIPE with its policy's type filled in.
recipe::Recipe with_policy_type(const recipe::Recipe& recipe, const tree::Tree& rootfs);

} // namespace selns::pipeline
