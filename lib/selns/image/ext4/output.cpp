#include "selns/image/ext4/output.hpp"

#include "selns/base/error.hpp"

#include <ext2fs/ext3_extents.h>

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

Allocator::Allocator(ext2_filsys fs) : fs_(fs), next_(fs->super->s_first_data_block) {}

BlockSpan Allocator::take(std::uint64_t wanted) {
    const std::uint64_t last = ext2fs_blocks_count(fs_->super) - 1;
    blk64_t first = 0;
    if (next_ > last ||
        ext2fs_find_first_zero_block_bitmap2(fs_->block_map, next_, last, &first) != 0)
        throw Error(ErrorKind::failed, "the file system has no free block left");
    const std::uint64_t longest = std::min<std::uint64_t>(wanted, EXT_INIT_MAX_LEN);
    const std::uint64_t end = std::min<std::uint64_t>(first + longest - 1, last);
    blk64_t used = 0;
    if (ext2fs_find_first_set_block_bitmap2(fs_->block_map, first, end, &used) != 0)
        used = end + 1;
    const BlockSpan span{first, used - first};
    ext2fs_block_alloc_stats_range(fs_, span.first, static_cast<blk_t>(span.count), +1);
    next_ = used;
    return span;
}

DataOutput::DataOutput(int fd, bool hashed, std::uint64_t total, const Advance& advance)
    : output_(fd, hashed), total_(total), advance_(advance) {}

void DataOutput::copy(const tree::Content& content, std::uint64_t offset, const BlockSpan& span) {
    std::uint64_t at = span.first * block_size;
    std::uint64_t left = span.count * block_size;
    while (left > 0) {
        const auto [place, size] = output_.reserve(at, left);
        const std::size_t real =
            std::min<std::uint64_t>(size, content.size() - std::min(offset, content.size()));
        content.read(offset, place, real);
        std::memset(place + real, 0, size - real);
        at += size;
        offset += size;
        left -= size;
        done_ += size;
        tell();
    }
}

void DataOutput::tell() {
    constexpr std::uint64_t often = 1U << 20U; // bytes
    if (!advance_ || (done_ < told_ + often && done_ < total_))
        return;
    told_ = done_;
    advance_(done_, total_);
}

void DataOutput::block(std::uint64_t number, std::string_view data) {
    const auto [place, size] = output_.reserve(number * block_size, block_size);
    data.copy(place, data.size());
    std::memset(place + data.size(), 0, size - data.size());
}

} // namespace selns::image::ext4
