#pragma once

#include "selns/module/format.hpp"
#include "selns/module/rules.hpp"

#include <string>

namespace selns::module {

// The rule's statements, without a line feed at the end: allow, and below it allowxperm (allowx in
// CIL) when its ioctl commands are limited. Provenance is not among them.
std::string to_text(const Triple& triple, const Grant& grant, Format format);

// The allow rule in CIL.
std::string to_cil(const Triple& triple, const Permissions& permissions);

// "0x5401 0x8910-0x8913", as .te has it.
std::string to_text(const Commands& commands);

} // namespace selns::module
