#pragma once

#include "selns/bootstrap/dnf_request.hpp"

#include <filesystem>
#include <string>

namespace selns::bootstrap {

// The script that mmdebstrap runs with the empty root's directory as its argument, to fill it with
// dnf. It is the same for every recipe: what differs lies beside it, in files of the run directory:
//
//     dnf/arguments        dnf and its arguments, one a line
//     dnf/dnf.conf, dnf/repositories/, dnf/keys/, dnf/variables/
//     dnf/database         where the release's rpm keeps its database
//     home/.rpmmacros      what rpm is told
//     image/etc/...        the recipe's repositories and their keys, which the image keeps
//     packages/N.rpm       local packages
//     files.tar, commands/NNNN, keep-resolv.conf   as in hooks.hpp
//
// Besides what hooks.hpp tells, it writes a line "selns-build: packages" before those of packages;
// the last list counts.
std::string dnf_hook();

// The configuration that takes the place of this host's; RUN is the run directory.
std::string dnf_configuration(const DnfRequest& request, const std::filesystem::path& run);
std::string rpm_macros(const DnfRequest& request);

} // namespace selns::bootstrap
