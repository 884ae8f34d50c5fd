#include "selns/bootstrap/apt_host.hpp"
#include "selns/bootstrap/apt_job.hpp"
#include "selns/bootstrap/debian_sources.hpp"

namespace selns::bootstrap {

const AptArchives& debian_archives() {
    static const AptArchives debian = {"Debian",
                                       "/usr/share/keyrings/debian-archive-keyring.gpg",
                                       "debian-archive-keyring",
                                       {"/debian", "/debian-security"},
                                       {"sid", "unstable", "experimental", "rc-buggy"}};
    return debian;
}

std::unique_ptr<Job> make_debian_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store) {
    return make_apt_job(recipe, debian_archives(), options, runner, store);
}

std::vector<std::string> debian_sources(const std::string& release, const apt::Answers& apt) {
    const AptHost host = apt_host(apt, debian_archives());
    return apt_sources({release, {}, {"main"}, {}, {}}, debian_archives(), host.sources,
                       host.keyring);
}

} // namespace selns::bootstrap
