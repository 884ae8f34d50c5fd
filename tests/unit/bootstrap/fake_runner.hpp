#pragma once

#include "selns/process/process.hpp"

#include <functional>
#include <string>
#include <vector>

namespace selns::test {

// Answers for the programs of a Debian host, without running any.
class FakeRunner final : public process::Runner {
  public:
    // What mmdebstrap writes to standard error, line by line, and its exit status.
    std::string errors;
    int exit_code = 0;
    // Called when mmdebstrap "runs", with the file that it would write, whether it fails or not.
    std::function<void(const std::string& tar)> on_build;
    // What `mmdebstrap --simulate` writes instead.
    std::string simulation;
    // Names of programs that are not installed.
    std::vector<std::string> missing;
    // Names of programs that fail.
    std::vector<std::string> failing;

    std::vector<std::vector<std::string>> runs; // of mmdebstrap

    process::Result run(const process::Command& command) override;
    std::optional<std::filesystem::path> find(const std::string& program) const override;
};

} // namespace selns::test
