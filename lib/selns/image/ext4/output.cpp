#include "selns/image/ext4/output.hpp"

#include "selns/base/error.hpp"

#include <ext2fs/ext3_extents.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace selns::image::ext4 {

namespace {

constexpr std::size_t buffer_size = 1U << 20U;

void pwrite_all(int fd, const char* data, std::size_t size, std::uint64_t at) {
    while (size > 0) {
        const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(at));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw system_error("cannot write", errno);
        data += written;
        size -= static_cast<std::size_t>(written);
        at += static_cast<std::uint64_t>(written);
    }
}

} // namespace

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

DataOutput::DataOutput(int fd, std::uint64_t total, const Advance& advance)
    : fd_(fd), total_(total), advance_(advance), buffer_(buffer_size, '\0') {}

std::pair<char*, std::size_t> DataOutput::reserve(std::uint64_t at, std::uint64_t size) {
    if (used_ == buffer_.size() || at != start_ + used_)
        flush();
    if (used_ == 0)
        start_ = at;
    const std::size_t fits = std::min<std::uint64_t>(size, buffer_.size() - used_);
    char* place = buffer_.data() + used_;
    used_ += fits;
    return {place, fits};
}

void DataOutput::copy(const tree::Content& content, std::uint64_t offset, const BlockSpan& span) {
    std::uint64_t at = span.first * block_size;
    std::uint64_t left = span.count * block_size;
    while (left > 0) {
        const auto [place, size] = reserve(at, left);
        const std::size_t real =
            std::min<std::uint64_t>(size, content.size() - std::min(offset, content.size()));
        content.read(offset, place, real);
        std::memset(place + real, 0, size - real);
        at += size;
        offset += size;
        left -= size;
        done_ += size;
    }
}

void DataOutput::block(std::uint64_t number, std::string_view data) {
    const auto [place, size] = reserve(number * block_size, block_size);
    data.copy(place, data.size());
    std::memset(place + data.size(), 0, size - data.size());
}

void DataOutput::flush() {
    if (used_ == 0)
        return;
    pwrite_all(fd_, buffer_.data(), used_, start_);
    used_ = 0;
    if (advance_)
        advance_(done_, total_);
}

} // namespace selns::image::ext4
