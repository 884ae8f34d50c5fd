#pragma once

#include "selns/base/error.hpp"
#include "selns/bootstrap/changes.hpp"
#include "selns/bootstrap/distribution.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// mmdebstrap gives a root that is being made its namespaces, subordinate ids and mounts, packs it
// and removes it, whoever fills it: apt, dnf in a hook, or an archive that is unpacked.

enum class Mode { unshare, root };

// As root, mounts of a private namespace end with it, where that is possible: in a chroot whose
// root is no mount point, only an unchanged propagation is; in a container without CAP_SYS_ADMIN
// nothing is, and mmdebstrap does without mounts.
struct Isolation {
    Mode mode = Mode::unshare;
    std::vector<std::string> prefix;
};

Isolation isolation_of(process::Runner& runner);

// "--mode=unshare"
std::string mode_argument(Mode mode);

// mmdebstrap's arguments, without its name, when it only keeps and packs a root that hooks fill.
struct Keeping {
    Mode mode = Mode::unshare;
    std::filesystem::path run;      // the run directory
    std::vector<std::string> hooks; // "setup", "customize": files in its hooks/
    std::string skipped;            // stages besides those that are only for apt
    std::string format = "tar";
    std::filesystem::path output;
};
std::vector<std::string> keeping_arguments(const Keeping& keeping);

// Puts FILES, by name, local packages and OVERLAY, when the recipe's changes need that, into the
// run directory.
void upload(const Changes& changes, const std::map<std::string, std::string>& files,
            const tree::Tree* overlay, const Work& work);

// The content of FROM goes into OUT.
void copy_content(const std::filesystem::path& from, const Fd& out);
// Copies FROM, which a hook wrote and what runs in the root may write to meanwhile, to the new file
// TO; a failed Error when that has not the hash that the hook told.
void keep_received(const std::filesystem::path& from, const std::filesystem::path& to,
                   const std::string& sha256);

// Follows what a run writes to standard error.
class RunLog {
  public:
    virtual ~RunLog() = default;
    virtual void line(std::string_view text) = 0;
    virtual std::vector<Package> packages() const = 0;
    virtual Error failure(int exit_code) const = 0; // why it failed
};

// Runs mmdebstrap with ARGUMENTS and returns the packages that LOG has heard of. A failure is the
// tool_failed Error that LOG makes of it: its reason and, where the recipe names that, the place.
std::vector<Package> run_mmdebstrap(RunLog& log, const Isolation& isolation,
                                    const std::vector<std::string>& arguments,
                                    std::optional<std::int64_t> epoch, const Work& work);

} // namespace selns::bootstrap
