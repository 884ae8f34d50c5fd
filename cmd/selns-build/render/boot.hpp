#pragma once

#include "selns-build/look.hpp"
#include "selns-build/render/layout.hpp"
#include "selns/pipeline/boot.hpp"

#include <string>
#include <vector>

namespace selns::cmd {

std::string booted_text(const pipeline::Booted& booted, const Look& look);
std::string booted_json(const pipeline::Booted& booted);

// Why it is not known whether all denials were seen, and what to do.
void add_gaps(Sheet& sheet, const std::vector<boot::Gap>& gaps);
// What programs said that they were refused.
void add_failed_access(Sheet& sheet, const std::vector<std::string>& lines);

// ", in a namespace of its own"; nothing of what was no container.
std::string namespace_text(const std::optional<boot::SelinuxNamespace>& whose);

// "kvm", "tcg"
std::string name_of(boot::Accelerator accelerator);

} // namespace selns::cmd
