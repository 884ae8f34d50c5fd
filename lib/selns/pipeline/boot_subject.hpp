#pragma once

#include "selns/kernel/bundle.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::pipeline {

// An image, what its build said about launching it, and a kernel for it.
struct BootSubject {
    std::filesystem::path image; // of a format that a kernel boots; absolute
    std::string file_system;     // that format's name
    launch::Inputs launch;       // for a bare image: defaults, named after its file
    std::string launch_json;     // the file's text; empty for a bare image
    kernel::Bundle kernel;
    bool draft = false; // nobody wants the image after this boot: it is booted itself, no copy
};

// WHAT is an output directory of build, or such an image (whose launch.json lies beside it, if it
// has one). KERNEL is a kernel recipe's name or a bundle's directory; empty: launch.json's, the
// bundle beside the image if there is one. What is missing is an Error that says how to make it.
BootSubject find_subject(const std::filesystem::path& what, const std::string& kernel,
                         const Context& context);

// The recipe that the image was made of, by the manifest beside it: a file that is there now, below
// the current directory or above the image, else its bare name. Empty when no manifest tells.
std::filesystem::path recipe_of(const BootSubject& subject);

// The names of the shipped kernels that the cache has.
std::vector<std::string> built_kernels(const Context& context);

// The bundle in the directory NAME, or the newest one in the cache of the kernel called so. One
// that was not built is an Error that says how to do it.
kernel::Bundle find_kernel(const std::string& name, const Context& context);

} // namespace selns::pipeline
