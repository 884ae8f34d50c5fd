#pragma once

#include "selns/policy/place.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace selns::policy {

// The module of the store at PLACE that has a file context for REGEX and the S_IFMT bits TYPE (0:
// any kind of file): the one of the highest priority. Nothing when none has: file_contexts.local
// is written by semanage, and specifications of home directories are made from templates.
std::optional<InstalledModule> module_of_context(const tree::Tree& rootfs, const Place& place,
                                                 std::string_view regex, std::uint32_t type);

} // namespace selns::policy
