#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace selns::image::ext4 {

struct DirectoryEntry {
    std::string_view name;
    std::uint32_t inode = 0;
    std::uint8_t type = 0; // EXT2_FT_*
};

struct Directory {
    std::uint32_t self = 0;
    std::uint32_t parent = 0;
    std::vector<DirectoryEntry> entries; // without "." and ".."
    std::size_t least_blocks = 1;        // lost+found has spare ones
};

struct DirectoryBlocks {
    std::vector<std::string> blocks; // without checksums; room for them is left
    bool indexed = false;            // has a hash tree (EXT2_INDEX_FL)
};

using HashSeed = std::array<std::uint32_t, 4>;

// The blocks of a directory. One that needs more than one block gets a hash tree (half MD4), so
// that the kernel finds a name without reading all of it; the time is O(n log n).
DirectoryBlocks directory_blocks(const Directory& directory, const HashSeed& seed);

} // namespace selns::image::ext4
