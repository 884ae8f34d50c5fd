#pragma once

#include "selns-build/look.hpp"
#include "selns/converge/converge.hpp"

#include <string>

namespace selns::cmd {

std::string converged_text(const converge::Result& result, const Look& look);

} // namespace selns::cmd
