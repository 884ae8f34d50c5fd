#pragma once

#include "selns/policy/place.hpp"

#include <string>
#include <vector>

// Android keeps no store and no /etc/selinux/config: its policy is compiled elsewhere, and its file
// contexts are split among the partitions.
namespace selns::policy {

inline constexpr const char* android_type = "android";

// Whether the root file system is Android's.
bool is_android(const tree::Tree& rootfs);

// Every path that may be its policy's or its file contexts'; images have some of them.
std::vector<std::string> android_files();

// Where its policy and its file contexts are; an invalid_input Error when it has no compiled
// policy.
Place find_android(const tree::Tree& rootfs);

} // namespace selns::policy
