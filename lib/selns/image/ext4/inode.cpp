#include "selns/image/ext4/inode.hpp"

#include <ext2fs/ext2fs.h>
#include <ext2fs/ext3_extents.h>
#include <sys/stat.h>

#include <cstring>

namespace selns::image::ext4 {

namespace {

// 32 bits of seconds, signed, and two more in the extra field for what comes after 2038.
constexpr std::int64_t first_time = -(std::int64_t{1} << 31);
constexpr std::int64_t last_time = first_time + (std::int64_t{1} << 34) - 1;
constexpr std::uint32_t epoch_bits = 2;
constexpr std::uint32_t billion = 1'000'000'000;

void set_time(const tree::Timestamp& time, std::uint32_t& low, std::uint32_t& extra) {
    low = static_cast<std::uint32_t>(time.seconds);
    const std::int64_t beyond = time.seconds - static_cast<std::int32_t>(low);
    const auto epochs = static_cast<std::uint32_t>(beyond >> 32) & 3U;
    extra = epochs | time.nanoseconds << epoch_bits;
}

tree::Timestamp get_time(std::uint32_t low, std::uint32_t extra) {
    const std::int64_t epochs = extra & 3U;
    const std::uint32_t nanoseconds = extra >> epoch_bits;
    return {static_cast<std::int32_t>(low) + (epochs << 32),
            nanoseconds < billion ? nanoseconds : 0};
}

void set_device(ext2_inode_large& fields, std::uint32_t major, std::uint32_t minor) {
    if (major < 256 && minor < 256)
        fields.i_block[0] = major << 8 | minor;
    else
        fields.i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

void get_device(const ext2_inode_large& fields, std::uint32_t& major, std::uint32_t& minor) {
    if (fields.i_block[0] != 0) {
        major = fields.i_block[0] >> 8 & 0xff;
        minor = fields.i_block[0] & 0xff;
    } else {
        major = fields.i_block[1] >> 8 & 0xfff;
        minor = (fields.i_block[1] & 0xff) | (fields.i_block[1] >> 12 & 0xfff00);
    }
}

void start_extents(ext2_inode_large& fields) {
    ext3_extent_header header{};
    header.eh_magic = EXT3_EXT_MAGIC;
    header.eh_max = (sizeof fields.i_block - sizeof header) / sizeof(ext3_extent);
    std::memcpy(fields.i_block, &header, sizeof header);
    fields.i_flags |= EXT4_EXTENTS_FL;
}

} // namespace

std::uint8_t directory_type(tree::FileType type) {
    switch (type) {
    case tree::FileType::regular:
        return EXT2_FT_REG_FILE;
    case tree::FileType::directory:
        return EXT2_FT_DIR;
    case tree::FileType::symlink:
        return EXT2_FT_SYMLINK;
    case tree::FileType::character:
        return EXT2_FT_CHRDEV;
    case tree::FileType::block:
        return EXT2_FT_BLKDEV;
    case tree::FileType::fifo:
        return EXT2_FT_FIFO;
    case tree::FileType::socket:
        return EXT2_FT_SOCK;
    }
    return EXT2_FT_UNKNOWN;
}

bool storable(const tree::Timestamp& time) {
    return time.seconds >= first_time && time.seconds <= last_time && time.nanoseconds < billion;
}

bool storable_device(std::uint32_t major, std::uint32_t minor) {
    return major < 1U << 12U && minor < 1U << 20U;
}

DiskInode encode(const tree::Inode& inode, std::uint32_t links, std::int64_t epoch) {
    DiskInode disk;
    ext2_inode_large& fields = disk.fields;
    fields.i_mode = static_cast<std::uint16_t>(type_bits(inode.type) | (inode.mode & 07777));
    fields.i_uid = static_cast<std::uint16_t>(inode.uid);
    fields.i_gid = static_cast<std::uint16_t>(inode.gid);
    fields.osd2.linux2.l_i_uid_high = static_cast<std::uint16_t>(inode.uid >> 16);
    fields.osd2.linux2.l_i_gid_high = static_cast<std::uint16_t>(inode.gid >> 16);
    fields.i_links_count = static_cast<std::uint16_t>(links);
    fields.i_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
    set_time(inode.mtime, fields.i_mtime, fields.i_mtime_extra);
    set_time({epoch, 0}, fields.i_atime, fields.i_atime_extra);
    set_time({epoch, 0}, fields.i_ctime, fields.i_ctime_extra);
    set_time({epoch, 0}, fields.i_crtime, fields.i_crtime_extra);
    const bool fast_symlink =
        inode.type == tree::FileType::symlink && inode.target.size() < fast_symlink_limit;
    if (fast_symlink) {
        set_size(fields, inode.target.size());
        std::memcpy(fields.i_block, inode.target.data(), inode.target.size());
    } else if (inode.type == tree::FileType::character || inode.type == tree::FileType::block) {
        set_device(fields, inode.major, inode.minor);
    } else if (inode.type == tree::FileType::regular || inode.type == tree::FileType::directory ||
               inode.type == tree::FileType::symlink) {
        start_extents(fields);
    }
    return disk;
}

std::optional<tree::Inode> decode(const ext2_inode_large& fields) {
    const auto type = file_type(fields.i_mode);
    if (!type)
        return std::nullopt;
    tree::Inode inode;
    inode.type = *type;
    inode.mode = fields.i_mode & 07777;
    inode.uid = fields.i_uid | std::uint32_t{fields.osd2.linux2.l_i_uid_high} << 16;
    inode.gid = fields.i_gid | std::uint32_t{fields.osd2.linux2.l_i_gid_high} << 16;
    inode.mtime = get_time(fields.i_mtime, fields.i_mtime_extra);
    if (*type == tree::FileType::character || *type == tree::FileType::block)
        get_device(fields, inode.major, inode.minor);
    return inode;
}

std::uint64_t size_of(const ext2_inode_large& fields) {
    return fields.i_size | std::uint64_t{fields.i_size_high} << 32;
}

void set_size(ext2_inode_large& fields, std::uint64_t size) {
    fields.i_size = static_cast<std::uint32_t>(size);
    fields.i_size_high = static_cast<std::uint32_t>(size >> 32);
}

} // namespace selns::image::ext4
