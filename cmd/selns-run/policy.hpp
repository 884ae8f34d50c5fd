#pragma once

#include "selns-run/kernel.hpp"

#include <optional>

namespace selns::run {

// What the image's /etc/selinux/config says.
struct PolicyChoice {
    std::string type;
    bool enforcing = false;
};
// The image below ROOT; an image whose SELinux is disabled is refused.
PolicyChoice read_config(Kernel& kernel, int root);

// The kernel policy of TYPE below ROOT: the newest version that is at most NEWEST.
std::string read_policy(Kernel& kernel, int root, const std::string& type, unsigned newest);

// A new selinuxfs at /sys/fs/selinux of ROOT, which shows the namespace of this process.
Handle mount_selinuxfs(Kernel& kernel, int root);

// Loads POLICY through SELINUXFS, in one write.
void load_policy(Kernel& kernel, int selinuxfs, const std::string& policy);
void set_enforcing(Kernel& kernel, int selinuxfs, bool enforcing);

// The context of commands from outside: contexts/initrc_context of TYPE. Empty if there is none.
std::string command_context(Kernel& kernel, int root, const std::string& type);

} // namespace selns::run
