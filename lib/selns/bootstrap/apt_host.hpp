#pragma once

#include "selns/apt/answers.hpp"
#include "selns/bootstrap/apt_sources.hpp"

#include <optional>
#include <string>
#include <vector>

namespace selns::bootstrap {

// What this host contributes to a bootstrap with apt.
struct AptHost {
    std::string architecture; // as dpkg names it
    std::string tools;        // the versions of mmdebstrap and apt
    std::vector<AptSource> sources;
    std::optional<std::string> keyring; // the distribution's own archive keys
};

// Asks dpkg and apt; no file of apt's configuration is parsed here. Needs no rights.
AptHost apt_host(const apt::Answers& apt, const AptArchives& archives);

// The lines of `apt-config dump` that say how to reach archives through a proxy. mmdebstrap makes
// apt read the new root's configuration instead of the host's, so they have to be handed over.
std::string proxy_configuration(std::string_view apt_config_dump);

// The options of apt that hold for a run and do not stay in the image: an archive that does not
// answer ends the run after a bounded time.
std::string apt_options(const std::string& proxy_configuration);
// The same with what this host's apt knows of proxies.
std::string host_apt_options(process::Runner& runner);

} // namespace selns::bootstrap
