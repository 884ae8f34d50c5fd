#pragma once

#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"

#include <string>

namespace selns::policy {

// What policy work in a sandbox is told; the policy's files come beside it, as a tar.
struct Request {
    Place place;
    Changes changes;
    std::string image_conf; // the image's semanage.conf
};

std::string encode(const Request& request);
Request decode_request(const std::string& bytes);

} // namespace selns::policy
