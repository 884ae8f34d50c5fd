#pragma once

#include <cstdint>
#include <string_view>

namespace selns::image::ext4 {

inline constexpr std::uint64_t superblock_at = 1024;
inline constexpr std::uint64_t superblock_size = 1024;

// Whether HEAD, a file's first bytes (2048 for a sure answer), is that of an ext2, ext3 or ext4
// file system.
bool looks_like_ext4(std::string_view head);

// Checks what libext2fs would believe: a file of FILE_SIZE bytes must hold what its superblock
// promises, so that no memory is taken for what cannot be there. Throws an Error (invalid_input).
void check_superblock(std::string_view head, std::uint64_t file_size);

} // namespace selns::image::ext4
