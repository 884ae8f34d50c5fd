#pragma once

#include "selns-build/look.hpp"

#include <string>
#include <string_view>

namespace selns::cmd {

// The lines that make AFTER of BEFORE, "-" and "+" in front. For texts whose lines are mostly
// sorted and different, such as the local module: a line that only moved is not shown.
std::string diff_text(std::string_view before, std::string_view after, const Look& look);

} // namespace selns::cmd
