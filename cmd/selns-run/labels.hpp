#pragma once

#include "selns-run/kernel.hpp"
#include "selns-run/launch_file.hpp"

namespace selns::run {

// Makes and labels what LAUNCH says below ROOT. Follows no link. Changes the working directory.
void label_container(Kernel& kernel, int root, const LaunchFile& launch);

} // namespace selns::run
