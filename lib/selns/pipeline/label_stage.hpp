#pragma once

#include "selns/container/container.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <string>
#include <vector>

namespace selns::pipeline {

struct LabelResult {
    ImageFacts facts;            // of the labelled tree
    container::LabelTable table; // what a launcher labels
    std::vector<std::string> warnings;
};

// Labels every file of ROOTFS by its own file contexts, as selinux.label of RECIPE, with its
// policy's type, wants it: what that refuses is an Error.
LabelResult label_tree(tree::Tree& rootfs, const recipe::Recipe& recipe, const Context& context);

} // namespace selns::pipeline
