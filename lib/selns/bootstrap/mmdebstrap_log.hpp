#pragma once

#include "selns/base/error.hpp"
#include "selns/bootstrap/apt_request.hpp"
#include "selns/bootstrap/packages.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// Follows what mmdebstrap --verbose, apt, dpkg and the hooks write: shows it as progress, and knows
// in the end which few lines say why it failed. Its memory is bounded, whatever is written.
class MmdebstrapLog {
  public:
    // RUN is the run directory: paths below it are shown as what the recipe calls them.
    MmdebstrapLog(const AptRequest& request, std::filesystem::path run, progress::Step& step);

    void line(std::string_view text);

    // The packages that were installed before the recipe's commands ran (build), or that would be
    // (simulation); sorted, each once.
    std::vector<Package> packages() const;
    // Why it failed.
    Error failure(int exit_code) const;

  private:
    void hook_line(std::string_view text);
    void mmdebstrap_line(std::string_view text);
    void apt_line(std::string_view text);
    void remember(std::string_view text);
    std::string shown(std::string_view text) const;
    Error command_failure() const;
    std::optional<Location> place_of(const std::string& reason) const;
    std::optional<Location> place() const;
    std::string of_distribution(std::string_view text) const;
    std::string details(const std::string& reason) const;

    const AptRequest& request_;
    std::filesystem::path run_;
    progress::Step& step_;
    std::vector<Package> packages_;
    std::vector<std::string> reasons_; // apt's and dpkg's own errors, in their order
    std::vector<std::string> unmet_;   // the lines on unmet dependencies
    std::deque<std::string> tail_;     // the last lines; of a command, since it began
    bool in_unmet_ = false;
    std::optional<std::size_t> command_;
    std::optional<std::string> command_status_;
    std::uint64_t set_up_ = 0;
    std::uint64_t to_set_up_ = 0;
};

} // namespace selns::bootstrap
