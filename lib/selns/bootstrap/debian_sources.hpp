#pragma once

#include "selns/apt/answers.hpp"

#include <string>
#include <vector>

namespace selns::bootstrap {

// The one-line sources of Debian's RELEASE, as this host's apt reaches them (see apt_sources()).
// None when it has no sources of Debian.
std::vector<std::string> debian_sources(const std::string& release, const apt::Answers& apt);

} // namespace selns::bootstrap
