#pragma once

#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/inode.hpp"
#include "selns/image/ext4/xattr.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace selns::image::ext4 {

// An inode of an image, its checksum verified.
struct RawInode {
    std::uint32_t number = 0;
    std::vector<char> bytes;   // all that is in the inode's table
    ext2_inode_large fields{}; // those that it has; zero the others

    std::uint64_t size() const { return size_of(fields); }
    bool has(std::uint32_t flag) const { return (fields.i_flags & flag) != 0; }
};

// Throws an Error (invalid_input) when there is no such inode or it is damaged.
RawInode read_raw_inode(ext2_filsys fs, std::uint32_t number);

// The place of attributes in the inode, when there are some.
std::optional<XattrRegion> xattrs_in(const RawInode& raw);

// Content that is kept in the inode (feature inline_data), to be cut at the file's size: 60 bytes,
// then an attribute, which is taken out of XATTRS.
std::string take_inline_data(const RawInode& raw, XattrMap& xattrs);

} // namespace selns::image::ext4
