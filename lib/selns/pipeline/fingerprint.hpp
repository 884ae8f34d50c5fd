#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <string>
#include <vector>

namespace selns::pipeline {

// Names the outputs of a build by everything that makes them but the program: the recipe's values,
// every input file, the bootstrap archive that the cache has now, the epoch, KERNEL (the bundle
// beside them, if any), and of OPTIONS what decides about them.
std::string fingerprint(const recipe::Recipe& recipe, const std::vector<InputFile>& inputs,
                        const tree::Tree& overlay, const bootstrap::Status& bootstrap,
                        const std::string& kernel, const Options& options, const Context& context);

} // namespace selns::pipeline
