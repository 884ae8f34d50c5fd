#pragma once

#include "selns/apt/answers.hpp"
#include "selns/bootstrap/dnf_repositories.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::bootstrap {

// What this host contributes to a bootstrap with dnf.
struct DnfHost {
    std::string architecture; // as the kernel names it: x86_64
    std::string program;      // dnf5 or dnf
    std::string tools;        // the versions of mmdebstrap, rpm and dnf
    std::vector<DnfRepository> repositories;
    std::map<std::string, std::string> variables; // that its repositories may contain
    std::optional<std::string> keys;              // the release's own, armored
};

// ROOT is where this host's files are: "/" but for tests.
DnfHost dnf_host(const apt::Answers& answers, const process::Runner& runner,
                 const DnfRelease& release, const std::filesystem::path& root = "/");

} // namespace selns::bootstrap
