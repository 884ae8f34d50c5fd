#include "selns/image/ext4/extents.hpp"

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

namespace {

// Gathers blocks in ascending order.
class Collector {
  public:
    Collector(ext2_filsys fs, Budget& budget)
        : first_(fs->super->s_first_data_block), end_(ext2fs_blocks_count(fs->super)),
          budget_(budget) {}

    // False when the image is damaged.
    bool step() { return budget_.take(1); }
    // The same for a block of block numbers, which may be large and hold none.
    bool step_into(std::uint64_t block_size) { return budget_.take(1 + block_size / 4096); }
    bool add(const Extent& extent) {
        const std::uint64_t expected =
            extents_.empty() ? 0 : extents_.back().logical + extents_.back().count;
        if (extent.count == 0 || extent.logical < expected || extent.physical < first_ ||
            extent.physical >= end_ || extent.count > end_ - extent.physical)
            return false;
        const bool joins = !extents_.empty() && extent.logical == expected &&
                           extent.physical == extents_.back().physical + extents_.back().count;
        if (joins)
            extents_.back().count += extent.count;
        else
            extents_.push_back(extent);
        return true;
    }
    std::vector<Extent> take() {
        extents_.shrink_to_fit();
        return std::move(extents_);
    }

  private:
    std::uint64_t first_;
    std::uint64_t end_;
    Budget& budget_;
    std::vector<Extent> extents_;
};

struct Handle {
    Handle() = default;
    ~Handle() { ext2fs_extent_free(handle); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ext2_extent_handle_t handle = nullptr;
};

void walk_extent_tree(ext2_filsys fs, std::uint32_t number, ext2_inode& inode,
                      Collector& collector) {
    Handle extents;
    errcode_t code = ext2fs_extent_open2(fs, number, &inode, &extents.handle);
    ext2_extent_info info{};
    if (code == 0)
        code = ext2fs_extent_get_info(extents.handle, &info);
    check_sound(code);
    if (info.num_entries == 0 && info.max_depth == 0)
        return;
    for (int move = EXT2_EXTENT_ROOT;; move = EXT2_EXTENT_NEXT) {
        ext2fs_extent extent{};
        code = ext2fs_extent_get(extents.handle, move, &extent);
        if (code == EXT2_ET_EXTENT_NO_NEXT)
            return;
        check_sound(code);
        if (!collector.step())
            damaged("more extents than blocks");
        const bool written = (extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT) == 0;
        if ((extent.e_flags & EXT2_EXTENT_FLAGS_LEAF) != 0 && written &&
            !collector.add({extent.e_lblk, extent.e_pblk, extent.e_len}))
            damaged("an extent overlaps another or lies outside");
    }
}

struct IndirectWalk {
    Collector* collector;
    bool sound;
};

// Called from C: throws nothing, and has the type that libext2fs wants.
// NOLINTNEXTLINE(readability-non-const-parameter)
int visit_block(ext2_filsys fs, blk64_t* block, e2_blkcnt_t logical, blk64_t /*parent*/,
                int /*offset*/, void* data) {
    auto* walk = static_cast<IndirectWalk*>(data);
    bool sound = logical >= 0 ? walk->collector->step() : walk->collector->step_into(fs->blocksize);
    if (sound && logical >= 0)
        sound = walk->collector->add({static_cast<std::uint64_t>(logical), *block, 1});
    walk->sound = sound;
    return sound ? 0 : BLOCK_ABORT;
}

void walk_indirect_blocks(ext2_filsys fs, std::uint32_t number, Collector& collector) {
    IndirectWalk walk{&collector, true};
    check_sound(
        ext2fs_block_iterate3(fs, number, BLOCK_FLAG_READ_ONLY, nullptr, visit_block, &walk));
    if (!walk.sound)
        damaged("a block number lies outside, or there are more of them than blocks");
}

} // namespace

std::vector<Extent> read_extents(ext2_filsys fs, std::uint32_t number, ext2_inode& inode,
                                 Budget& budget) {
    Collector collector(fs, budget);
    if ((inode.i_flags & EXT4_EXTENTS_FL) != 0)
        walk_extent_tree(fs, number, inode, collector);
    else
        walk_indirect_blocks(fs, number, collector);
    return collector.take();
}

void ExtentSource::read(std::uint64_t offset, char* data, std::size_t size) const {
    auto extent = std::upper_bound(extents_.begin(), extents_.end(), offset / block_size_,
                                   [](std::uint64_t block, const Extent& candidate) {
                                       return block < candidate.logical + candidate.count;
                                   });
    while (size > 0) {
        std::uint64_t piece = size;
        if (extent == extents_.end()) {
            std::memset(data, 0, piece);
        } else if (offset < extent->logical * block_size_) {
            piece = std::min<std::uint64_t>(size, extent->logical * block_size_ - offset);
            std::memset(data, 0, piece);
        } else {
            const std::uint64_t in = offset - extent->logical * block_size_;
            piece = std::min<std::uint64_t>(size, extent->count * block_size_ - in);
            pread_all(image_->get(), data, piece, extent->physical * block_size_ + in);
            if (in + piece == extent->count * block_size_)
                ++extent;
        }
        data += piece;
        offset += piece;
        size -= piece;
    }
}

} // namespace selns::image::ext4
