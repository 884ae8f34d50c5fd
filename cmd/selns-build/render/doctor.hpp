#pragma once

#include "selns-build/look.hpp"
#include "selns/doctor/doctor.hpp"

#include <string>
#include <vector>

namespace selns::cmd {

std::string doctor_text(const std::vector<doctor::Finding>& findings, const Look& look);
std::string doctor_json(const std::vector<doctor::Finding>& findings);

} // namespace selns::cmd
