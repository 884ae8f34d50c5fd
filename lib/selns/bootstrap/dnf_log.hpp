#pragma once

#include "selns/base/error.hpp"
#include "selns/bootstrap/dnf_request.hpp"
#include "selns/bootstrap/hook_log.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/packages.hpp"
#include "selns/progress/progress.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// A version as rpm and dnf write it, without an epoch of 0, which is as good as none.
std::string rpm_version(std::string_view text);

// Follows what dnf, rpm and the hook write: shows it as progress, and knows in the end which few
// lines say why it failed. Its memory is bounded, whatever is written.
class DnfLog final : public RunLog {
  public:
    // RUN is the run directory: paths below it are shown as what the recipe calls them.
    DnfLog(const DnfRequest& request, const std::filesystem::path& run, progress::Step& step)
        : request_(request), step_(step),
          hooks_(request.changes, run, step, HookLog::Packages::last_list) {}

    void line(std::string_view text) override;

    std::vector<Package> packages() const override;
    Error failure(int exit_code) const override;

  private:
    void progress(std::string_view text);
    void remember(std::string_view text);
    std::string shown(std::string_view text) const;
    std::optional<Location> place() const;
    std::optional<Location> place_of(std::string_view reason) const;

    const DnfRequest& request_;
    progress::Step& step_;
    HookLog hooks_;
    std::vector<std::string> reasons_; // dnf's and rpm's own errors, in their order
    bool in_error_ = false;
};

} // namespace selns::bootstrap
