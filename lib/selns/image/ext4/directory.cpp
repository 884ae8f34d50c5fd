#include "selns/image/ext4/directory.hpp"

#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/geometry.hpp"

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

namespace {

constexpr std::size_t tail_size = sizeof(ext2_dir_entry_tail);
constexpr std::size_t usable = block_size - tail_size;
constexpr std::size_t root_entries_at = 32; // after ".", ".." and the hash tree's own facts
constexpr std::size_t node_entries_at = 8;  // after an entry that looks unused
constexpr std::size_t root_limit =
    (block_size - root_entries_at - sizeof(ext2_dx_tail)) / sizeof(ext2_dx_entry);
constexpr std::size_t node_limit =
    (block_size - node_entries_at - sizeof(ext2_dx_tail)) / sizeof(ext2_dx_entry);

template <typename T>
void store(std::string& block, std::size_t at, const T& value) {
    std::memcpy(block.data() + at, &value, sizeof value);
}

struct EntryHeader {
    std::uint32_t inode;
    std::uint16_t record_length;
    std::uint8_t name_length;
    std::uint8_t type;
};

std::size_t record_length(std::size_t name_length) {
    return (sizeof(EntryHeader) + name_length + 3) & ~std::size_t{3};
}

void put_entry(std::string& block, std::size_t at, std::size_t length,
               const DirectoryEntry& entry) {
    store(block, at,
          EntryHeader{entry.inode, static_cast<std::uint16_t>(length),
                      static_cast<std::uint8_t>(entry.name.size()), entry.type});
    entry.name.copy(block.data() + at + sizeof(EntryHeader), entry.name.size());
}

// A block with entries one after the other; the last reaches to the place of the checksum.
class LinearBlock {
  public:
    bool has_room_for(std::string_view name) const {
        return used_ + record_length(name.size()) <= usable;
    }
    void add(const DirectoryEntry& entry) {
        last_ = used_;
        put_entry(block_, used_, record_length(entry.name.size()), entry);
        used_ += record_length(entry.name.size());
    }
    // With no entry at all this becomes an unused one over the whole block.
    std::string finish() {
        store(block_, last_ + offsetof(ext2_dir_entry, rec_len),
              static_cast<std::uint16_t>(usable - last_));
        ext2_dir_entry_tail tail{};
        tail.det_rec_len = tail_size;
        tail.det_reserved_name_len = EXT2_DIR_NAME_LEN_CSUM;
        store(block_, usable, tail);
        return std::move(block_);
    }

  private:
    std::string block_ = std::string(block_size, '\0');
    std::size_t used_ = 0;
    std::size_t last_ = 0;
};

std::vector<std::string> linear_blocks(const Directory& directory) {
    std::vector<std::string> blocks;
    LinearBlock block;
    block.add({".", directory.self, EXT2_FT_DIR});
    block.add({"..", directory.parent, EXT2_FT_DIR});
    for (const DirectoryEntry& entry : directory.entries) {
        if (!block.has_room_for(entry.name)) {
            blocks.push_back(block.finish());
            block = LinearBlock();
        }
        block.add(entry);
    }
    blocks.push_back(block.finish());
    while (blocks.size() < directory.least_blocks)
        blocks.push_back(LinearBlock().finish());
    return blocks;
}

struct Hashed {
    std::uint32_t hash = 0;
    std::uint32_t minor = 0;
    const DirectoryEntry* entry = nullptr;
};

std::vector<Hashed> sorted_by_hash(const std::vector<DirectoryEntry>& entries, HashSeed seed) {
    std::vector<Hashed> result;
    result.reserve(entries.size());
    for (const DirectoryEntry& entry : entries) {
        Hashed hashed{0, 0, &entry};
        // Only an unknown hash version can fail.
        ext2fs_dirhash2(EXT2_HASH_HALF_MD4, entry.name.data(), static_cast<int>(entry.name.size()),
                        nullptr, 0, seed.data(), &hashed.hash, &hashed.minor);
        result.push_back(hashed);
    }
    std::sort(result.begin(), result.end(), [](const Hashed& a, const Hashed& b) {
        return std::tie(a.hash, a.minor, a.entry->name) < std::tie(b.hash, b.minor, b.entry->name);
    });
    return result;
}

// A block of the tree: the lowest hash in it and its number in the directory. The lowest bit of the
// hash says that names with this hash begin in the block before.
struct Child {
    std::uint32_t hash = 0;
    std::uint32_t block = 0;
};

// Leaves are added to BLOCKS behind those that are there.
std::vector<Child> add_leaves(const std::vector<Hashed>& entries,
                              std::vector<std::string>& blocks) {
    std::vector<Child> children;
    LinearBlock leaf;
    std::uint32_t before = 0;
    for (const Hashed& item : entries) {
        const bool full = !leaf.has_room_for(item.entry->name);
        if (full) {
            blocks.push_back(leaf.finish());
            leaf = LinearBlock();
        }
        if (full || children.empty()) {
            const std::uint32_t continued = full && item.hash == before ? 1 : 0;
            children.push_back({item.hash | continued, static_cast<std::uint32_t>(blocks.size())});
        }
        leaf.add(*item.entry);
        before = item.hash;
    }
    blocks.push_back(leaf.finish());
    return children;
}

// The first child's hash is not stored: limit and count are in its place.
void put_children(std::string& block, std::size_t at, std::size_t limit, const Child* children,
                  std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        store(block, at + i * sizeof(ext2_dx_entry),
              ext2_dx_entry{children[i].hash, children[i].block});
    store(block, at,
          ext2_dx_countlimit{static_cast<std::uint16_t>(limit), static_cast<std::uint16_t>(count)});
}

// Groups CHILDREN under nodes of their own, added to BLOCKS.
std::vector<Child> add_nodes(const std::vector<Child>& children, std::vector<std::string>& blocks) {
    std::vector<Child> nodes;
    for (std::size_t first = 0; first < children.size(); first += node_limit) {
        std::string block(block_size, '\0');
        put_entry(block, 0, block_size, {});
        put_children(block, node_entries_at, node_limit, &children[first],
                     std::min(node_limit, children.size() - first));
        nodes.push_back({children[first].hash, static_cast<std::uint32_t>(blocks.size())});
        blocks.push_back(std::move(block));
    }
    return nodes;
}

std::string root_block(const Directory& directory, const std::vector<Child>& children, int levels) {
    std::string block(block_size, '\0');
    const std::size_t dot = record_length(1);
    put_entry(block, 0, dot, {".", directory.self, EXT2_FT_DIR});
    put_entry(block, dot, block_size - dot, {"..", directory.parent, EXT2_FT_DIR});
    ext2_dx_root_info info{};
    info.hash_version = EXT2_HASH_HALF_MD4;
    info.info_length = sizeof info;
    info.indirect_levels = static_cast<std::uint8_t>(levels);
    store(block, root_entries_at - sizeof info, info);
    put_children(block, root_entries_at, root_limit, children.data(), children.size());
    return block;
}

} // namespace

DirectoryBlocks directory_blocks(const Directory& directory, const HashSeed& seed) {
    DirectoryBlocks linear{linear_blocks(directory), false};
    if (linear.blocks.size() <= directory.least_blocks)
        return linear;
    DirectoryBlocks tree{{std::string()}, true};
    std::vector<Child> children = add_leaves(sorted_by_hash(directory.entries, seed), tree.blocks);
    int levels = 0;
    if (children.size() > root_limit) {
        children = add_nodes(children, tree.blocks);
        levels = 1;
    }
    // Beyond two levels (a gigabyte of names) other features would be needed.
    if (children.size() > root_limit)
        return linear;
    tree.blocks[0] = root_block(directory, children, levels);
    return tree;
}

} // namespace selns::image::ext4
