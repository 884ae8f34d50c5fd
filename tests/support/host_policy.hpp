#pragma once

#include "selns/base/file.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace selns::test {

// The kernel policy of Debian's package selinux-policy-default, when this machine has it.
inline std::optional<std::filesystem::path> host_policy_file() {
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::directory_iterator("/etc/selinux/default/policy", ignored))
        if (entry.path().filename().string().starts_with("policy."))
            return entry.path();
    return {};
}

// Its bytes, else nothing.
inline std::string host_policy() {
    const auto file = host_policy_file();
    return file ? read_file(*file) : std::string();
}

} // namespace selns::test
