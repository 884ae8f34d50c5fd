#pragma once

#include <string_view>

namespace selns::log {

// What the kernel says of a policy that it has loaded, and whoever judges denials should know: that
// a label means nothing to it any more, or that it lacks classes or permissions. TEXT begins with
// who says it; empty: no such thing. Lives forever.
std::string_view notice_in(std::string_view text);

} // namespace selns::log
