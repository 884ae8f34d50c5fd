#pragma once

#include "selns/pipeline/outputs.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

namespace selns::pipeline {

// Adds the recipe's images of ROOTFS to OUTPUTS: written all at the same time, then each read back
// and compared, hashed, and brought to the disk. EPOCH: see image::WriteOptions.
void write_images(const tree::Tree& rootfs, const recipe::Recipe& recipe, std::int64_t epoch,
                  Outputs& outputs, const Context& context);

} // namespace selns::pipeline
