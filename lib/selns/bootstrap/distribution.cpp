#include "selns/bootstrap/distribution.hpp"

#include "selns/bootstrap/apt_job.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace selns::bootstrap {

namespace {

constexpr std::array<Distribution, 7> distributions = {{{"debian", make_debian_job},
                                                        {"ubuntu", make_ubuntu_job},
                                                        {"fedora", make_fedora_job},
                                                        {"rocky", make_rocky_job},
                                                        {"archive", make_archive_job},
                                                        {"oci", make_oci_job},
                                                        {"directory", make_directory_job}}};

} // namespace

const Distribution& distribution_of(const recipe::Recipe& recipe) {
    const auto found = std::ranges::find(distributions, recipe.from.key, &Distribution::name);
    if (found == distributions.end())
        throw std::logic_error("nothing makes " + recipe.from.key);
    return *found;
}

std::optional<Keyring> keyring_of(const recipe::From& from) {
    if (from.source().kind != recipe::SourceKind::apt || from.release().key)
        return std::nullopt;
    const AptArchives& archives = from.key == "ubuntu" ? ubuntu_archives() : debian_archives();
    return Keyring{archives.keyring, archives.keyring_package};
}

} // namespace selns::bootstrap
