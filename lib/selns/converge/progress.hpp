#pragma once

#include "selns/converge/converge.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::converge {

// The directory in which a run keeps what it learnt: the local module as it grows, the logs of
// each boot, and which rounds were done. What was made from other inputs is forgotten.
class Progress {
  public:
    // KEY: of everything that the run depends on. MODULE: what the local module begins with.
    Progress(std::filesystem::path directory, std::string key, const std::filesystem::path& module,
             const std::string& module_name);

    const std::vector<Round>& rounds() const { return rounds_; }
    bool continued() const { return continued_; }

    const std::filesystem::path& module() const { return module_; }
    std::filesystem::path logs_of(unsigned round) const;
    std::filesystem::path report() const { return directory_ / "report.json"; }

    // After the logs of ROUND were merged.
    void add(Round round);
    // The run came to its end: the next one begins anew.
    void end();

  private:
    std::filesystem::path state() const { return directory_ / "state.json"; }
    void write() const;

    std::filesystem::path directory_;
    std::string key_;
    std::filesystem::path module_;
    std::vector<Round> rounds_;
    bool continued_ = false;
};

} // namespace selns::converge
