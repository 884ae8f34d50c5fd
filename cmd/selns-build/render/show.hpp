#pragma once

#include "selns-build/look.hpp"

#include <string>

namespace selns::cmd {

// A manifest's JSON text for people; ALL: whole lists instead of their first few. Keys that are
// missing or of another type are left out; what is no JSON object is an invalid_input Error.
std::string show_text(const std::string& manifest, bool all, const Look& look);

} // namespace selns::cmd
