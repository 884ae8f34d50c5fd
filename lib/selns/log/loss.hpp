#pragma once

#include <string_view>

namespace selns::log {

// What was lost according to TEXT, a message with the name of who wrote it; mostly nothing. It
// lives forever.
std::string_view loss_in(std::string_view text);

} // namespace selns::log
