#pragma once

#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <string>

namespace selns::policy {

// Where the sandbox keeps the policy, whatever the image's own paths are.
std::string staged_config(const Place& place); // /etc/selinux/TYPE
std::string staged_store(const Place& place);  // /var/lib/selinux/TYPE

// What libsemanage needs of ROOTFS, at the staged paths and without symlinks in them: the policy's
// configuration and store, and the files that genhomedircon reads. Contents are in memory.
tree::Tree stage(const tree::Tree& rootfs, const Place& place);

// Copies the files and directories at FROM_PATH of FROM to TO_PATH of TO, contents loaded.
void copy_below(const tree::Tree& from, std::string_view from_path, tree::Tree& to,
                const std::string& to_path);

} // namespace selns::policy
