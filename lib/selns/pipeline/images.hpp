#pragma once

#include "selns/image/format.hpp"
#include "selns/pipeline/outputs.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace selns::pipeline {

struct ImageOptions {
    std::int64_t epoch = 0; // see image::WriteOptions
    bool hashed = false;
};

// Writes IMAGE, one of the recipe's, to FILE, and nothing more. Returns its SHA-256 when it is to
// be HASHED. ADVANCE may throw to stop it.
std::string write_image(const tree::Tree& rootfs, const recipe::Recipe& recipe,
                        const recipe::Image& image, const ImageOptions& options,
                        const std::filesystem::path& file, const Context& context,
                        const image::Advance& advance);

// Adds the recipe's images of ROOTFS to OUTPUTS: written and hashed all at the same time, then each
// read back and compared, and brought to the disk. EPOCH: see image::WriteOptions.
void write_images(const tree::Tree& rootfs, const recipe::Recipe& recipe, std::int64_t epoch,
                  Outputs& outputs, const Context& context);

} // namespace selns::pipeline
