#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/cache/directory.hpp"

#include <filesystem>

namespace selns::cache {

// Opens the cache at PATH, made when it is missing or an empty directory. It is this user's alone
// (mode 0700), and carries a mark: CACHEDIR.TAG, which keeps backups out as well. A directory of
// another user, one that others can write to, and one that holds anything but a cache of this
// program's is refused with an Error. The mark names this very directory: a copy, and one that an
// earlier version made, is taken over when all that is in it has names of this program's.
Directory open_root(const std::filesystem::path& path, const Interrupt& interrupt);

} // namespace selns::cache
