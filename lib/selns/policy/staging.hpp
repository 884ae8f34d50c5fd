#pragma once

#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <array>
#include <string>

namespace selns::policy {

// Where the sandbox keeps the policy, whatever the image's own paths are.
std::string staged_config(const Place& place); // /etc/selinux/TYPE
std::string staged_store(const Place& place);  // /var/lib/selinux/TYPE

// What genhomedircon reads, below the root.
inline constexpr std::array<const char*, 6> account_files = {
    "/etc/passwd",       "/etc/group",           "/etc/login.defs",
    "/etc/libuser.conf", "/etc/default/useradd", "/etc/shells"};

// What libsemanage needs of ROOTFS, at the staged paths and without symlinks in them: the policy's
// configuration and store, and account_files. Contents are in memory.
tree::Tree stage(const tree::Tree& rootfs, const Place& place);

// Copies the files and directories at FROM_PATH of FROM to TO_PATH of TO, contents loaded.
void copy_below(const tree::Tree& from, std::string_view from_path, tree::Tree& to,
                const std::string& to_path);

} // namespace selns::policy
