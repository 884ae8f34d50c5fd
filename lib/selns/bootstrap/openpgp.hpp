#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace selns::bootstrap {

// The OpenPGP public keys in DATA, armored or binary, as one canonical armored block (lines of 64
// characters, no header, a checksum, a newline at its end): the same keys give the same text.
// Nothing when DATA does not start with a public key.
std::optional<std::string> armored_keys(std::string_view data);

} // namespace selns::bootstrap
