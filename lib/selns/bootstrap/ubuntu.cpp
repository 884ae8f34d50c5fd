#include "selns/bootstrap/apt_job.hpp"

namespace selns::bootstrap {

const AptArchives& ubuntu_archives() {
    static const AptArchives archives = {"Ubuntu",
                                         "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
                                         "ubuntu-keyring",
                                         {"/ubuntu", "/ubuntu-ports"},
                                         {}};
    return archives;
}

std::unique_ptr<Job> make_ubuntu_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store) {
    return make_apt_job(recipe, ubuntu_archives(), options, runner, store);
}

} // namespace selns::bootstrap
