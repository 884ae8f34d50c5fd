#pragma once

#include <cstdint>

namespace selns::sandbox {

// Both are for a freshly forked, single-threaded child, and throw selns::Error.

// Leaves the parent's namespaces. Takes effect on the pid namespace with the next fork.
void unshare_namespaces();

// Makes an empty tmpfs of SIZE bytes the root and the current directory, and gives up every
// capability for good.
void enter_empty_root(std::uint64_t size);

} // namespace selns::sandbox
