#pragma once

#include "selns/cache/store.hpp"
#include "selns/policy/place.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::policy {

// Which modules of a policy store say which file contexts.
class ContextOrigins {
  public:
    // Of the store at PLACE. Its modules are unpacked in a sandbox, which takes a while; what they
    // say is kept in CACHE (null: none) under the hash of all of them.
    ContextOrigins(const tree::Tree& rootfs, const Place& place, const cache::Store* cache);

    // The module that has a file context for REGEX and the S_IFMT bits TYPE (0: any kind of file):
    // the one of the highest priority. Nothing when none has: file_contexts.local is written by
    // semanage, and specifications of home directories are made from templates.
    std::optional<InstalledModule> find(std::string_view regex, std::uint32_t type) const;

  private:
    std::vector<InstalledModule> modules_; // those in use, the highest priority first
    std::string contexts_;                 // of all modules, in their order
};

} // namespace selns::policy
