#include "selns/bootstrap/distribution.hpp"

#include <array>

namespace selns::bootstrap {

namespace {

constexpr std::array<Distribution, 1> distributions = {{{"debian", make_debian_job}}};

} // namespace

// A recipe can only say `debian` as yet.
const Distribution& distribution_of(const recipe::Recipe&) {
    return distributions.front();
}

} // namespace selns::bootstrap
