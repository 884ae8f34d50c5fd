#pragma once

#include "selns-build/look.hpp"
#include "selns/pipeline/plan.hpp"

#include <string>

namespace selns::cmd {

std::string plan_text(const pipeline::Plan& plan, const Look& look);
std::string plan_json(const pipeline::Plan& plan);

} // namespace selns::cmd
