#pragma once

#include "selns/image/ext4/geometry.hpp"
#include "selns/tree/tree.hpp"

#include <ext2fs/ext2_fs.h>

#include <array>
#include <bit>
#include <optional>

namespace selns::image::ext4 {

// libext2fs swaps some structures on big-endian machines and leaves others; nobody has tried.
static_assert(std::endian::native == std::endian::little);

// An inode with the space behind its fields, as it is on the disk.
struct DiskInode {
    ext2_inode_large fields{};
    std::array<char, inode_size - sizeof(ext2_inode_large)> xattrs{};
};
static_assert(sizeof(DiskInode) == inode_size);

// A name's type in a directory (EXT2_FT_*).
std::uint8_t directory_type(tree::FileType type);

// Whether ext4 can tell this time: the years 1901 to 2446.
bool storable(const tree::Timestamp& time);
// 12 bits of major, 20 of minor.
bool storable_device(std::uint32_t major, std::uint32_t minor);

// Everything but content, target of a long symlink, and xattrs. EPOCH is the time of access, change
// and creation. What may get blocks starts with an empty extent tree.
DiskInode encode(const tree::Inode& inode, std::uint32_t links, std::int64_t epoch);
// The same way back; a type that does not exist gives nothing.
std::optional<tree::Inode> decode(const ext2_inode_large& fields);

// Symlinks shorter than this are kept in the inode.
inline constexpr std::size_t fast_symlink_limit = EXT2_N_BLOCKS * sizeof(std::uint32_t);

std::uint64_t size_of(const ext2_inode_large& fields);
void set_size(ext2_inode_large& fields, std::uint64_t size);

} // namespace selns::image::ext4
