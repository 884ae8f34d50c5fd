#pragma once

#include <string>
#include <string_view>

namespace selns::test {

// Compares ACTUAL with the file tests/NAME. With SELNS_ACCEPT=1 in the environment the file is
// written instead (accept mode), so that a wanted change of output is reviewed as a diff.
// Returns an empty string when they agree, else what to say.
std::string compare_golden(std::string_view name, std::string_view actual);

} // namespace selns::test
