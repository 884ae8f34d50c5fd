#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::bootstrap {

// A repository as dnf is configured for it, without its key.
struct DnfRepository {
    std::string id;
    std::vector<std::pair<std::string, std::string>> options; // "baseurl": what is written there
    bool operator==(const DnfRepository&) const = default;
};

// One of the repositories that make a release.
struct DnfChannel {
    std::string id;     // what it is called in the distribution's own configuration
    std::string folder; // below a mirror
    std::string index;  // "metalink=URL" or "mirrorlist=URL": who knows mirrors of it
};

// A release of a distribution, and how its own repositories and keys are told from others.
struct DnfRelease {
    std::string words; // "Fedora 43"
    std::string brand; // what its repositories' names begin with: "Fedora"
    std::vector<DnfChannel> channels;
    // File names of its keys, the best first: below /etc/pki/rpm-gpg, or below KEY_FOLDER of what
    // the package distribution-gpg-keys brings.
    std::vector<std::string> keys;
    std::string key_folder;
    std::string database;        // where its rpm keeps the packages' database
    std::string platform;        // of its modules
    std::string release_package; // what makes it this distribution
};

// The sections of a .repo file. Only what says where packages are is kept.
std::vector<DnfRepository> parse_repositories(std::string_view text);

// Those of RELEASE itself: from the recipe's mirror, else from this host's configuration HOST, when
// it has the distribution's, else those that know the release's mirrors.
std::vector<DnfRepository> release_repositories(const DnfRelease& release,
                                                const std::optional<std::string>& mirror,
                                                const std::vector<DnfRepository>& host);

// A section of a .repo file. Packages must be signed by a key in the file KEY.
std::string repository_section(const DnfRepository& repository, std::string_view key_uri);

// A path as a file: URI.
std::string file_uri(std::string_view path);

} // namespace selns::bootstrap
