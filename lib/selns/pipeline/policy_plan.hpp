#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <string>

namespace selns::pipeline {

// What is known of a recipe's base policy before it is committed.
struct PolicyPlan {
    unsigned version = 0;
    std::string backend;  // who commits it
    cache::Inputs inputs; // what decides about the commit; none: it is taken as it is
};

// Of RECIPE with its `files`, OVERLAY, and ARCHIVE, which is only read when the cache does not know
// the answer.
PolicyPlan policy_plan(const recipe::Recipe& recipe, const tree::Tree& overlay,
                       const bootstrap::Archive& archive, const Context& context);

} // namespace selns::pipeline
