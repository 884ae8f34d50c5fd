#pragma once

#include "selns/tree/tree.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace selns::container {

// A file that systemd makes for one of its units.
struct UnitFile {
    std::string path;       // absolute, normal
    std::uint32_t type = 0; // S_IFSOCK, S_IFIFO or S_IFDIR
    auto operator<=>(const UnitFile&) const = default;
};

// The sockets and FIFOs of ROOTFS's socket units, and the directories that its services ask for
// (RuntimeDirectory=, StateDirectory=, CacheDirectory=, LogsDirectory=), sorted. Names that depend
// on the instance or the user are left out.
std::vector<UnitFile> files_of_units(const tree::Tree& rootfs);

} // namespace selns::container
