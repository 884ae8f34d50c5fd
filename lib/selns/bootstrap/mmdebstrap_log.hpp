#pragma once

#include "selns/base/error.hpp"
#include "selns/bootstrap/apt_request.hpp"
#include "selns/bootstrap/hook_log.hpp"
#include "selns/bootstrap/kept_packages.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/packages.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// Follows what mmdebstrap --verbose, apt, dpkg and the hooks write: shows it as progress, and knows
// in the end which few lines say why it failed. Its memory is bounded, whatever is written.
class MmdebstrapLog final : public RunLog {
  public:
    // RUN is the run directory: paths below it are shown as what the recipe calls them. KEPT hears
    // of the packages that a hook wants, if there is one.
    MmdebstrapLog(const AptRequest& request, const std::filesystem::path& run, progress::Step& step,
                  KeptPackages* kept = nullptr);

    void line(std::string_view text) override;

    // The packages that were installed before the recipe's commands ran (build), or that would be
    // (simulation); sorted, each once.
    std::vector<Package> packages() const override { return hooks_.packages(); }
    Error failure(int exit_code) const override;
    const HookLog& hooks() const { return hooks_; }

  private:
    void mmdebstrap_line(std::string_view text);
    void apt_line(std::string_view text);
    void remember(std::string_view text);
    std::string shown(std::string_view text) const;
    std::optional<Location> place_of(const std::string& reason) const;
    std::optional<Location> place() const;
    std::string of_distribution(std::string_view text) const;
    std::string details(const std::string& reason) const;

    const AptRequest& request_;
    progress::Step& step_;
    HookLog hooks_;
    KeptPackages* kept_;
    std::vector<std::string> reasons_; // apt's and dpkg's own errors, in their order
    std::vector<std::string> unmet_;   // the lines on unmet dependencies
    bool in_unmet_ = false;
    std::uint64_t fetched_ = 0;
    std::uint64_t set_up_ = 0;
    std::optional<std::uint64_t> to_fetch_; // when the hook told it
    std::uint64_t to_set_up_ = 0;
};

} // namespace selns::bootstrap
