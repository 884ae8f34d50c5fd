#pragma once

#include "selns/tree/archive.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>

namespace selns::test {

// Debian's package selinux-policy-default, as installed on this machine, serves as a real policy.
inline bool has_host_policy() {
    return std::filesystem::exists("/etc/selinux/default/policy") &&
           std::filesystem::exists("/var/lib/selinux/default/active/modules");
}

inline void put_text(tree::Tree& tree, const std::string& path, std::string text) {
    tree::Inode inode;
    inode.content = tree::Content::bytes(std::move(text));
    tree.put(path, std::move(inode));
}

// A root file system that holds the policy and two users, and nothing else.
inline tree::Tree policy_rootfs() {
    tree::Tree rootfs;
    tree::overlay(rootfs, tree::read_directory("/etc/selinux/default", {}), "/etc/selinux/default");
    tree::overlay(rootfs, tree::read_directory("/var/lib/selinux/default", {}),
                  "/var/lib/selinux/default");
    put_text(rootfs, "/etc/passwd",
             "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/srv/people/alice:/bin/bash\n");
    put_text(rootfs, "/etc/shells", "/bin/bash\n");
    put_text(rootfs, "/etc/login.defs", "UID_MIN 1000\nUID_MAX 60000\n");
    return rootfs;
}

} // namespace selns::test
