#include "selns/image/ext4/raw_inode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

RawInode read_raw_inode(ext2_filsys fs, std::uint32_t number) {
    RawInode raw{number, std::vector<char>(EXT2_INODE_SIZE(fs->super)), {}};
    check_sound(ext2fs_read_inode_full(fs, number, reinterpret_cast<ext2_inode*>(raw.bytes.data()),
                                       static_cast<int>(raw.bytes.size())));
    std::memcpy(&raw.fields, raw.bytes.data(), std::min(raw.bytes.size(), sizeof raw.fields));
    if (raw.bytes.size() == EXT2_GOOD_OLD_INODE_SIZE)
        return raw;
    // What comes after i_extra_isize belongs to the attributes.
    const std::size_t known = EXT2_GOOD_OLD_INODE_SIZE + raw.fields.i_extra_isize;
    if (known > raw.bytes.size())
        damaged(fmt::format("inode {} has impossible sizes", number));
    if (known < sizeof raw.fields)
        std::memset(reinterpret_cast<char*>(&raw.fields) + known, 0, sizeof raw.fields - known);
    return raw;
}

std::optional<XattrRegion> xattrs_in(const RawInode& raw) {
    if (raw.bytes.size() == EXT2_GOOD_OLD_INODE_SIZE)
        return std::nullopt;
    constexpr std::uint32_t magic = EXT2_EXT_ATTR_MAGIC;
    const std::size_t at = EXT2_GOOD_OLD_INODE_SIZE + raw.fields.i_extra_isize;
    if (raw.bytes.size() - at < sizeof magic ||
        std::memcmp(raw.bytes.data() + at, &magic, sizeof magic) != 0)
        return std::nullopt;
    const std::size_t entries = at + sizeof magic;
    return XattrRegion{{raw.bytes.data(), raw.bytes.size()}, entries, entries};
}

std::string take_inline_data(const RawInode& raw, XattrMap& xattrs) {
    std::string data(reinterpret_cast<const char*>(raw.fields.i_block), sizeof raw.fields.i_block);
    const auto rest = xattrs.find("system.data");
    if (rest != xattrs.end()) {
        data += rest->second;
        xattrs.erase(rest);
    }
    return data;
}

} // namespace selns::image::ext4
