#pragma once

#include "selns/bootstrap/apt_request.hpp"
#include "selns/bootstrap/distribution.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::bootstrap {

// As root, mounts of a private namespace end with it, where that is possible: in a chroot whose
// root is no mount point, only an unchanged propagation is; in a container without CAP_SYS_ADMIN
// nothing is, and mmdebstrap does without mounts.
struct Isolation {
    Mode mode = Mode::unshare;
    std::vector<std::string> prefix;
};

Isolation isolation_of(process::Runner& runner);

// What a recipe's files contribute. A key that is none, a package that is missing: an invalid_input
// Error with its place.
Ingredients read_ingredients(const recipe::Recipe& recipe, const Options& options);

// apt_options() with what this host's apt knows of proxies.
std::string host_apt_options(process::Runner& runner);

// Puts FILES (see run_files()), REQUEST's local packages and OVERLAY, when it needs that, into the
// run directory.
void upload(const AptRequest& request, const std::map<std::string, std::string>& files,
            const tree::Tree* overlay, const Work& work);

// Runs mmdebstrap with ARGUMENTS and returns the packages that it tells of. A failure is a
// tool_failed Error with its reason and, where the recipe names that, the place.
std::vector<Package> run_mmdebstrap(const AptRequest& request, const Isolation& isolation,
                                    const std::vector<std::string>& arguments,
                                    std::optional<std::int64_t> epoch, const Work& work);

} // namespace selns::bootstrap
