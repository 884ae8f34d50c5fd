#include "selns/bootstrap/apt_job.hpp"

namespace selns::bootstrap {

std::unique_ptr<Job> make_debian_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store) {
    static const AptArchives archives = {"Debian",
                                         "/usr/share/keyrings/debian-archive-keyring.gpg",
                                         "debian-archive-keyring",
                                         {"/debian", "/debian-security"},
                                         {"sid", "unstable", "experimental", "rc-buggy"}};
    return make_apt_job(recipe, archives, options, runner, store);
}

} // namespace selns::bootstrap
