#pragma once

#include <string>
#include <string_view>

namespace selns::selinux {

// The policy module package (.pp) in the file PACKAGE, read from its start, as CIL, so that nobody
// has to run the `pp` converter that the image's store names. NAME stands for the file in errors
// (invalid_input). libsepol says more on standard error, and its readers were not written for
// hostile input: call it in a sandbox.
std::string module_package_to_cil(int package, const std::string& name);

} // namespace selns::selinux
