#include "selns/bootstrap/distribution.hpp"

#include "selns/bootstrap/apt_job.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace selns::bootstrap {

namespace {

constexpr std::array<Distribution, 7> distributions = {
    {{"debian", make_debian_job, debian_archives},
     {"ubuntu", make_ubuntu_job, ubuntu_archives},
     {"fedora", make_fedora_job},
     {"rocky", make_rocky_job},
     {"archive", make_archive_job},
     {"oci", make_oci_job},
     {"directory", make_directory_job}}};

} // namespace

const Distribution& distribution_of(const recipe::From& from) {
    const auto found = std::ranges::find(distributions, from.key, &Distribution::name);
    if (found == distributions.end())
        throw std::logic_error("nothing makes " + from.key);
    return *found;
}

std::optional<Keyring> keyring_of(const recipe::From& from) {
    const Distribution& distribution = distribution_of(from);
    if (distribution.archives == nullptr || from.release().key)
        return std::nullopt;
    const AptArchives& archives = distribution.archives();
    return Keyring{archives.keyring, archives.keyring_package};
}

} // namespace selns::bootstrap
