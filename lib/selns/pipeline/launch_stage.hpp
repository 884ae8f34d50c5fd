#pragma once

#include "selns/launch/launch.hpp"
#include "selns/pipeline/label_stage.hpp"
#include "selns/recipe/recipe.hpp"

namespace selns::pipeline {

// What launch files say of RECIPE, with its policy's type, and of the tree that LABELS are of: all
// but where the images and the kernel lie.
launch::Inputs launch_inputs(const recipe::Recipe& recipe, const LabelResult& labels);

} // namespace selns::pipeline
