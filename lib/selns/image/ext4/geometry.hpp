#pragma once

#include <cstdint>
#include <optional>

namespace selns::image::ext4 {

inline constexpr std::uint64_t block_size = 4096;
inline constexpr std::uint64_t inode_size = 256;
// Inodes 1 to 10 have a fixed use (2 is the root); mke2fs makes 11 the directory /lost+found.
inline constexpr std::uint32_t root_inode = 2;
inline constexpr std::uint32_t lost_found_inode = 11;
inline constexpr std::uint32_t first_free_inode = 12;

// What a tree takes: blocks of content, directories, symlinks, xattrs and extent trees; and inodes,
// the reserved ones included.
struct Needs {
    std::uint64_t blocks = 0;
    std::uint64_t inodes = 0;
};

struct Geometry {
    std::uint64_t size = 0; // bytes
    std::uint64_t inodes = 0;
    std::uint64_t journal_mib = 0;
};

// How many blocks are left for a tree in a file system that mke2fs makes so (with the features
// that the writer asks for); nothing when mke2fs could not make it.
std::optional<std::uint64_t> capacity(const Geometry& geometry);

// The file system for NEEDS: of SIZE bytes, or, without it, with a margin of a tenth and at least
// 32 MiB free. A SIZE that is too small is an invalid_input Error.
Geometry choose(const Needs& needs, std::optional<std::uint64_t> size);

} // namespace selns::image::ext4
