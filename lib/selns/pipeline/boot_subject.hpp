#pragma once

#include "selns/kernel/bundle.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <filesystem>
#include <string>

namespace selns::pipeline {

// An image, what its build said about launching it, and a kernel for it.
struct BootSubject {
    std::filesystem::path image; // ext4; absolute
    launch::Inputs launch;       // for a bare image: defaults, named after its file
    kernel::Bundle kernel;
};

// WHAT is an output directory of build, or an ext4 image (whose launch.json lies beside it, if it
// has one). KERNEL is a kernel recipe's name or a bundle's directory; empty: launch.json's. What
// is missing is an Error that says how to make it.
BootSubject find_subject(const std::filesystem::path& what, const std::string& kernel,
                         const Context& context);

} // namespace selns::pipeline
