#include "selns/image/ext4/superblock.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <ext2fs/ext2_fs.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace selns::image::ext4 {

namespace {

static_assert(sizeof(ext2_super_block) == superblock_size);

// As many as 128 TiB have; all their descriptors are kept in memory.
constexpr std::uint64_t most_groups = 1U << 20U;
constexpr std::uint32_t most_log_block_size = EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE;

std::optional<ext2_super_block> load(std::string_view head) {
    if (head.size() < superblock_at + superblock_size)
        return std::nullopt;
    ext2_super_block super;
    std::memcpy(&super, head.data() + superblock_at, sizeof super);
    if (super.s_magic != EXT2_SUPER_MAGIC || super.s_log_block_size > most_log_block_size ||
        super.s_rev_level > EXT2_DYNAMIC_REV)
        return std::nullopt;
    return super;
}

[[noreturn]] void refuse_image(std::string why) {
    throw Error(ErrorKind::invalid_input, std::move(why));
}

void check_features(const ext2_super_block& super) {
    if ((super.s_feature_incompat & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV) != 0)
        refuse_image("it is the journal of another ext4 file system");
    if ((super.s_feature_incompat & EXT3_FEATURE_INCOMPAT_RECOVER) != 0)
        throw Error(ErrorKind::invalid_input,
                    "the file system was not unmounted: its journal holds changes")
            .hint("e2fsck -fy FILE applies them");
}

} // namespace

bool looks_like_ext4(std::string_view head) {
    return load(head).has_value();
}

void check_superblock(std::string_view head, std::uint64_t file_size) {
    const auto super = load(head);
    if (!super)
        refuse_image("not an ext4 file system");
    check_features(*super);
    const bool wide = (super->s_feature_incompat & EXT4_FEATURE_INCOMPAT_64BIT) != 0;
    const std::uint64_t blocks =
        super->s_blocks_count | (wide ? std::uint64_t{super->s_blocks_count_hi} << 32 : 0);
    const std::uint64_t block = std::uint64_t{EXT2_MIN_BLOCK_SIZE} << super->s_log_block_size;
    if (blocks == 0 || blocks > file_size / block)
        refuse_image(fmt::format("cut off: the file has {}, the file system {} blocks of {} bytes",
                                 human_size(file_size), blocks, block));
    const std::uint64_t inode =
        super->s_rev_level == EXT2_GOOD_OLD_REV ? EXT2_GOOD_OLD_INODE_SIZE : super->s_inode_size;
    if (inode < EXT2_GOOD_OLD_INODE_SIZE || inode > block ||
        super->s_inodes_count > file_size / inode)
        refuse_image("damaged: its inodes take more than all its blocks");
    if (super->s_blocks_per_group == 0 || blocks / super->s_blocks_per_group > most_groups)
        refuse_image("damaged: it has more groups of blocks than any file system");
}

} // namespace selns::image::ext4
