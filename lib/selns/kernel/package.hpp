#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/run_directory.hpp"
#include "selns/cache/store.hpp"
#include "selns/kernel/apt.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace selns::kernel {

// A package that was resolved, and downloaded only when it is asked for.
class Package {
  public:
    // Asks this host's apt, unless the cache has what it answered last and nothing that it answers
    // from has changed since; of a RELEASE, always its archive. PREFIX and REFRESH as in
    // Apt::resolve().
    Package(const std::string& name, const std::optional<std::string>& release,
            std::string_view prefix, bool refresh, progress::Step& step, const Context& context);
    const PackageFile& file() const { return file_; }
    // The .deb, in the cache.
    std::filesystem::path fetch(progress::Step& step) const;

  private:
    PackageFile resolve(const std::string& name, std::string_view prefix, bool refresh,
                        progress::Step& step);

    const Context& context_;
    cache::RunDirectory run_;
    mutable Apt apt_;
    PackageFile file_;
};

} // namespace selns::kernel
