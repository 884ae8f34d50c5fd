#pragma once

#include "selns-build/look.hpp"
#include "selns/selinux/versions.hpp"

#include <string>
#include <vector>

namespace selns::cmd {

struct Versions {
    std::string program;
    selinux::VersionRange readable;  // of kernel policies
    selinux::VersionRange committed; // the same
    std::vector<std::string> libraries;
};

std::string versions_text(const Versions& versions, const Look& look);
std::string versions_json(const Versions& versions);

} // namespace selns::cmd
