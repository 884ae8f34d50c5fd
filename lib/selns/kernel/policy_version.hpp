#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace selns::kernel {

// What to mind when the kernel RELEASE ("6.1.0-41-cloud-amd64") gets a kernel policy of VERSION;
// nothing when it loads that as it is, or when either is not known. The versions that Linux came to
// load since distributions began to ship them are from POLICYDB_VERSION_MAX in its
// security/selinux/include/security.h.
std::optional<std::string> policy_version_note(std::string_view release, unsigned version);

} // namespace selns::kernel
