#include "selns/image/ext4/geometry.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace selns::image::ext4 {

namespace {

constexpr std::uint64_t mib = 1U << 20U;
constexpr std::uint64_t group_blocks = 8 * block_size; // one block of bitmap
constexpr std::uint64_t descriptor_size = 64;
constexpr std::uint64_t descriptors_per_block = block_size / descriptor_size;
constexpr std::uint64_t inodes_per_block = block_size / inode_size;
constexpr std::uint64_t inode_ratio = 16384; // bytes per inode, mke2fs's default
constexpr std::uint64_t least_journal_mib = 4;
// The root, lost+found with its four, and the resize inode's own block.
constexpr std::uint64_t fixed_blocks = 1 + 4 + 1;

std::uint64_t ceil_div(std::uint64_t value, std::uint64_t by) {
    return value / by + (value % by != 0 ? 1 : 0);
}

bool is_power_of(std::uint64_t value, std::uint64_t base) {
    while (value % base == 0)
        value /= base;
    return value == 1;
}

// sparse_super: copies of the superblock in groups 0, 1 and the powers of 3, 5 and 7.
bool has_super(std::uint64_t group) {
    return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

std::uint64_t count_supers(std::uint64_t groups) {
    std::uint64_t count = std::min<std::uint64_t>(groups, 2);
    for (const std::uint64_t base : {3U, 5U, 7U})
        for (std::uint64_t group = base; group < groups; group *= base)
            ++count;
    return count;
}

// Blocks for the superblock, the descriptors, and those reserved for growth to 1024 times the size.
std::uint64_t super_blocks(std::uint64_t blocks, std::uint64_t groups) {
    constexpr std::uint64_t most = 0xffffffff;
    const std::uint64_t grown = blocks < most / 1024 ? blocks * 1024 : most;
    const std::uint64_t descriptors = ceil_div(groups, descriptors_per_block);
    const std::uint64_t later = ceil_div(ceil_div(grown, group_blocks), descriptors_per_block);
    const std::uint64_t reserved = later > descriptors ? later - descriptors : 0;
    return 1 + descriptors + std::min(reserved, block_size / 4);
}

std::uint64_t journal_for(std::uint64_t size) {
    if (size < 128 * mib)
        return least_journal_mib;
    if (size < 1024 * mib)
        return 16;
    return size < 2048 * mib ? 32 : 64;
}

std::uint64_t inodes_for(std::uint64_t size, std::uint64_t used) {
    return std::max(used + used / 8 + 64, size / inode_ratio);
}

bool fits(const Geometry& geometry, std::uint64_t blocks) {
    const auto room = capacity(geometry);
    return room && *room >= blocks;
}

// The smallest size, in whole MiB, that has room for BLOCKS.
template <typename Journal>
Geometry smallest(std::uint64_t blocks, std::uint64_t inodes, const Journal& journal) {
    std::uint64_t size = ceil_div(blocks * block_size, mib) * mib;
    for (;;) {
        const Geometry geometry{size, inodes_for(size, inodes), journal(size)};
        const std::uint64_t room = capacity(geometry).value_or(0);
        if (room >= blocks && room > 0)
            return geometry;
        // Never past the goal: what is added is taken by content alone at the most.
        size +=
            std::max<std::uint64_t>((blocks - std::min(blocks, room)) * block_size / mib, 1) * mib;
    }
}

} // namespace

std::optional<std::uint64_t> capacity(const Geometry& geometry) {
    std::uint64_t blocks = geometry.size / block_size;
    const std::uint64_t journal = geometry.journal_mib * mib / block_size;
    for (;;) {
        if (blocks == 0)
            return std::nullopt;
        const std::uint64_t groups = ceil_div(blocks, group_blocks);
        const std::uint64_t table = ceil_div(ceil_div(geometry.inodes, groups), inodes_per_block);
        if (table * inodes_per_block > group_blocks)
            return std::nullopt; // more inodes than one block of bitmap per group can tell
        const std::uint64_t super = super_blocks(blocks, groups);
        // mke2fs leaves out a last group that its own tables would fill.
        const std::uint64_t rest = blocks % group_blocks;
        const std::uint64_t last = 2 + table + (has_super(groups - 1) ? super : 0);
        if (rest != 0 && rest < last + 50 && groups > 1) {
            blocks -= rest;
            continue;
        }
        const std::uint64_t tables = groups * (2 + table) + count_supers(groups) * super;
        if (blocks < tables + fixed_blocks + 2 * journal)
            return std::nullopt; // mke2fs wants half of what is free to stay so
        return blocks - tables - 1 - journal;
    }
}

Geometry choose(const Needs& needs, std::optional<std::uint64_t> size) {
    if (!size) {
        const std::uint64_t margin = std::max(needs.blocks / 10, 32 * mib / block_size);
        return smallest(needs.blocks + margin, needs.inodes, journal_for);
    }
    for (const std::uint64_t journal : {journal_for(*size), least_journal_mib}) {
        const Geometry geometry{*size, inodes_for(*size, needs.inodes), journal};
        if (fits(geometry, needs.blocks))
            return geometry;
    }
    const Geometry least =
        smallest(needs.blocks, needs.inodes, [](std::uint64_t) { return least_journal_mib; });
    throw Error(ErrorKind::invalid_input,
                fmt::format("an ext4 image of {} is too small: its content needs {}",
                            human_size(*size), human_size(least.size)))
        .hint(fmt::format("ask for at least {}M, or leave the size out", least.size / mib));
}

} // namespace selns::image::ext4
