#pragma once

#include "selns/label/label.hpp"

namespace selns::label::test {

// Whatever the syntax allows and no policy has: libselinux's quirks.
Specifications odd_specifications();

// The shapes that Fedora's file contexts have, with the substitutions of its subs_dist.
Specifications fedora_like_specifications();

} // namespace selns::label::test
