#pragma once

#include "selns/tree/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    auto operator<=>(const Package&) const = default;
};

// "NAME VERSION ARCHITECTURE" in a line for each; and back, without what is no such line.
std::string listing(const std::vector<Package>& packages);
std::vector<Package> parse_listing(std::string_view text);

// The packages that TREE has installed, sorted by name: /var/lib/dpkg/status and, for images
// without dpkg, the files in /var/lib/dpkg/status.d. Empty when it has neither.
std::vector<Package> packages(const tree::Tree& tree);

// Whether TREE has a database of rpm's, of any of its kinds. None is read here: what it holds is
// known from the build (Archive::packages).
bool has_rpm_database(const tree::Tree& tree);

// The same from the text of a status file. With INSTALLED_ONLY, a paragraph must say so.
std::vector<Package> parse_status(std::string_view text, bool installed_only);

} // namespace selns::bootstrap
