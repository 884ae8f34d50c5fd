#include "selns/bootstrap/distribution.hpp"

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

} // namespace selns::bootstrap
