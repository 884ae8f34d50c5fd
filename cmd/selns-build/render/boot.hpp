#pragma once

#include "selns-build/look.hpp"
#include "selns/pipeline/boot.hpp"

#include <string>

namespace selns::cmd {

std::string booted_text(const pipeline::Booted& booted, const Look& look);
std::string booted_json(const pipeline::Booted& booted);

// "kvm", "tcg"
std::string name_of(boot::Accelerator accelerator);

} // namespace selns::cmd
