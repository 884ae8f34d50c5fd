#pragma once

#include "selns/verdict/access.hpp"

#include <string_view>

namespace selns::verdict {

// The permissions that programs with PERMISSIONS of TCLASS go on to ask for as a rule, by the sets
// of the reference policy (read_file_perms, r_dir_perms, ...) without lock and ioctl; not those of
// PERMISSIONS.
Permissions companions_of(std::string_view tclass, const Permissions& permissions);

} // namespace selns::verdict
