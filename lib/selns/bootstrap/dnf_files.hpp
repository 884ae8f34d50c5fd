#pragma once

#include "selns/bootstrap/dnf_request.hpp"

#include <filesystem>
#include <string>

namespace selns::bootstrap {

// The configuration that takes the place of this host's; RUN is the run directory.
std::string dnf_configuration(const DnfRequest& request, const std::filesystem::path& run);
std::string rpm_macros(const DnfRequest& request);

} // namespace selns::bootstrap
