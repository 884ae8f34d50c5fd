#pragma once

#include "selns/recipe/recipe.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

// One suite of one archive, as apt is configured for it.
struct AptSource {
    std::string uri; // without a slash at its end
    std::string suite;
    std::vector<std::string> components;
    std::string list;                    // the name of its InRelease file among apt's lists
    std::optional<std::string> origin;   // from that file, when it is there
    std::optional<std::string> codename; // likewise
};

// Reads what `apt-get update --print-uris` prints: every source that the host has, no matter in
// which form and file it is written. Flat repositories are left out.
std::vector<AptSource> parse_print_uris(std::string_view output);

// Fills in origin and codename from the first lines of its InRelease file.
void read_release(AptSource& source, std::string_view in_release);

// How a distribution's own archives are told from others.
struct AptArchives {
    std::string_view origin;  // what their Release files say
    std::string_view keyring; // their keys, where the distribution's package puts them
    std::string_view keyring_package;
    // What their URIs end in, for when apt's lists are empty.
    std::vector<std::string_view> paths;
    std::vector<std::string_view> without_updates; // releases that have no updates and no security
};

// The one-line sources ("deb [signed-by=...] URI SUITE COMPONENT...") for a release:
//
// - The recipe's mirror: only the release itself, as debootstrap and mmdebstrap take a mirror.
//   Updates and security are further repositories of the recipe then.
// - Else this host's sources of the distribution itself: release, updates and security; for another
//   release than the host's, the same archives with its suites. Backports, proposed updates and
//   other vendors' archives are left out, so that an image does not depend on them. Where the
//   origin is not known (apt's lists are empty), an archive counts as the distribution's by its
//   path, and when it has the component main.
// - Nothing, when the host has none: mmdebstrap's default then.
//
// KEYRING, when given, is what they must be signed by; it is at the same place in the image.
std::vector<std::string> apt_sources(const recipe::Release& release, const AptArchives& archives,
                                     const std::vector<AptSource>& host,
                                     const std::optional<std::string>& keyring);

// A deb822 source with its key embedded. KEY is armored.
std::string repository_source(const recipe::Repository& repository, const std::string& key);

// While the root is made, the packages of a file: repository have to be copied into it; in the
// image, the source says file: again. TEXT is sources of either form.
std::string with_copied_packages(std::string text);
// What apt says about such a repository, in the recipe's terms.
std::string without_copied_packages(std::string text);

} // namespace selns::bootstrap
