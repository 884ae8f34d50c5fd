#pragma once

#include "selns/bootstrap/distribution.hpp"
#include "selns/bootstrap/dnf_repositories.hpp"

namespace selns::bootstrap {

// A release of a distribution that dnf installs, in a root that mmdebstrap keeps.
std::unique_ptr<Job> make_dnf_job(const recipe::Recipe& recipe, const DnfRelease& release,
                                  const Options& options, process::Runner& runner,
                                  const cache::Store& store);

} // namespace selns::bootstrap
