#pragma once

#include "selns/bootstrap/apt_sources.hpp"
#include "selns/bootstrap/distribution.hpp"

namespace selns::bootstrap {

const AptArchives& debian_archives();
const AptArchives& ubuntu_archives();

// A release of a distribution that apt installs, made by mmdebstrap.
std::unique_ptr<Job> make_apt_job(const recipe::Recipe& recipe, const AptArchives& archives,
                                  const Options& options, process::Runner& runner,
                                  const cache::Store& store);

} // namespace selns::bootstrap
