#pragma once

#include "selns/progress/progress.hpp"

#include <string>

namespace selns::cmd {

// "20 of 172 packages", "143 of 244 MiB", "12,441 files"; nothing when nothing is known.
std::string amount_of(const progress::Event& event);
// The same without a unit where the total is known: "20 of 172".
std::string short_amount_of(const progress::Event& event);

} // namespace selns::cmd
