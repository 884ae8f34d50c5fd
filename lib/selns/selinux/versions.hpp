#pragma once

namespace selns::selinux {

// Versions of kernel policies, both ends included.
struct VersionRange {
    unsigned oldest = 0;
    unsigned newest = 0;
};

// Those that KernelPolicy::read() takes.
VersionRange readable_versions();
// Those that a commit can write: what this host's libsepol can.
VersionRange committed_versions();

} // namespace selns::selinux
