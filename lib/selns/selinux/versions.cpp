#include "selns/selinux/versions.hpp"

#include "selns/selinux/policy_reader.hpp"
#include "selns/selinux/store.hpp"

#include <sepol/policydb.h>

namespace selns::selinux {

VersionRange readable_versions() {
    return {oldest_readable_version, newest_readable_version};
}

VersionRange committed_versions() {
    return {static_cast<unsigned>(sepol_policy_kern_vers_min()), newest_committed_version()};
}

} // namespace selns::selinux
