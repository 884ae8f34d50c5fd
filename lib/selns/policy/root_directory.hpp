#pragma once

#include "selns/tree/disk.hpp"
#include "selns/tree/tree.hpp"

namespace selns::policy {

// What a root directory on this machine's disk says about its policy, as a Tree: /etc/selinux, or
// what ostree and Android have in its place, and with WITH_STORE the store and the accounts that
// home directories come from. Symlinks are followed as in a chroot.
tree::Tree read_root_directory(const tree::Disk& root, bool with_store);

} // namespace selns::policy
