#include "selns/image/ext4/plan.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/inode.hpp"
#include "selns/image/ext4/xattr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

namespace {

constexpr std::uint32_t link_limit = 65000; // the kernel's EXT4_LINK_MAX
constexpr std::size_t name_limit = EXT2_NAME_LEN;
constexpr std::size_t symlink_limit = block_size - 1; // with its NUL
constexpr std::uint64_t file_block_limit = 0xffffffff;
constexpr std::uint32_t extent_limit = 32768; // blocks
constexpr std::uint64_t short_run = 4096;     // blocks
constexpr std::uint64_t extents_in_inode = 4;
constexpr std::uint64_t extents_in_block = (block_size - 12) / 12;
constexpr std::size_t lost_found_blocks = 4; // for e2fsck, which may not allocate any
constexpr std::size_t piece_size = 1U << 20U;

[[noreturn]] void refuse(std::string why) {
    throw Error(ErrorKind::invalid_input, std::move(why));
}

bool all_zero(const char* data, std::size_t size) {
    return data[0] == 0 && std::memcmp(data, data + 1, size - 1) == 0;
}

void add_block(std::vector<DataRun>& runs, std::uint32_t block) {
    if (!runs.empty() && runs.back().first + runs.back().count == block)
        ++runs.back().count;
    else
        runs.push_back({block, 1});
}

std::vector<DataRun> find_data(const tree::Content& content, std::string& buffer) {
    if (content.size() / block_size >= file_block_limit)
        refuse("the file is larger than ext4 can keep (16 TiB)");
    std::vector<DataRun> runs;
    for (std::uint64_t at = 0; at < content.size(); at += piece_size) {
        const auto size = std::min<std::uint64_t>(piece_size, content.size() - at);
        content.read(at, buffer.data(), size);
        for (std::uint64_t in = 0; in < size; in += block_size)
            if (!all_zero(buffer.data() + in, std::min(block_size, size - in)))
                add_block(runs, static_cast<std::uint32_t>((at + in) / block_size));
    }
    return runs;
}

// At most so many blocks for the extent tree. A run of data is cut where a block group's own tables
// lie, which a short one meets too rarely to outgrow its inode; libext2fs may leave the blocks of
// the tree half empty.
std::uint64_t extent_tree_blocks(std::uint64_t runs, std::uint64_t blocks) {
    const std::uint64_t extents = runs + 2 * (blocks / extent_limit + 1);
    const bool in_inode = extents <= extents_in_inode || (runs <= 1 && blocks <= short_run);
    return in_inode ? 0 : 2 * (extents / extents_in_block + 1) + 2;
}

class Planner {
  public:
    Planner(const tree::Tree& tree, const HashSeed& seed) : tree_(tree), seed_(seed) {}

    Plan run() {
        const auto lost_found = tree_.find("/lost+found", false);
        if (!lost_found || tree_.inode(*lost_found).type != tree::FileType::directory)
            refuse("/lost+found: e2fsck needs a directory of this name");
        tree_.walk([this](const std::string& path, tree::InodeId id, bool first) {
            try {
                first ? add(path, id) : add_link(id);
            } catch (Error& error) {
                error.context(printable(path));
                throw;
            }
        });
        finish_directories();
        plan_.needs.inodes = next_number_ - 1;
        return std::move(plan_);
    }

  private:
    void add(const std::string& path, tree::InodeId id) {
        const tree::Inode& inode = tree_.inode(id);
        PlannedInode planned{id, path, number_for(path), 0, 1, {}};
        if (!storable(inode.mtime))
            refuse("ext4 cannot keep its modification time (it can from 1901 to 2446)");
        plan_.needs.blocks += xattr_blocks(xattrs_of(inode));
        check_kind(inode);
        if (inode.type == tree::FileType::regular)
            plan_content(inode, planned);
        plan_.numbers.emplace(id, planned.number);
        index_.emplace(id, plan_.inodes.size());
        plan_.inodes.push_back(std::move(planned));
    }

    std::uint32_t number_for(const std::string& path) {
        if (path == "/")
            return root_inode;
        return path == "/lost+found" ? lost_found_inode : next_number_++;
    }

    void add_link(tree::InodeId id) {
        if (++plan_.inodes[index_.at(id)].links > link_limit)
            refuse(fmt::format("more than {} hard links to one file", link_limit));
    }

    void check_kind(const tree::Inode& inode) {
        if (inode.type == tree::FileType::symlink) {
            if (inode.target.empty() || inode.target.size() > symlink_limit ||
                inode.target.find('\0') != std::string::npos)
                refuse("a symlink's target has 1 to 4095 bytes, none of them zero");
            plan_.needs.blocks += inode.target.size() < fast_symlink_limit ? 0 : 1;
        }
        const bool device =
            inode.type == tree::FileType::character || inode.type == tree::FileType::block;
        if (device && !storable_device(inode.major, inode.minor))
            refuse(
                fmt::format("ext4 cannot keep the device number {}:{}", inode.major, inode.minor));
    }

    void plan_content(const tree::Inode& inode, PlannedInode& planned) {
        planned.data = find_data(inode.content, buffer_);
        std::uint64_t blocks = 0;
        for (const DataRun& run : planned.data)
            blocks += run.count;
        plan_.needs.blocks += blocks + extent_tree_blocks(planned.data.size(), blocks);
        plan_.content += blocks * block_size;
    }

    // A directory is linked by its name, its own ".", and each subdirectory's "..".
    void finish_directories() {
        for (PlannedInode& inode : plan_.inodes)
            if (tree_.inode(inode.id).type == tree::FileType::directory)
                finish_directory(inode);
    }

    void finish_directory(PlannedInode& directory) {
        if (directory.number == root_inode)
            directory.parent = root_inode;
        std::uint64_t links = 2;
        for (const tree::Name& name : tree_.names(directory.id)) {
            if (name.name.size() > name_limit || name.name.find('\0') != std::string::npos)
                refuse(
                    fmt::format("{}: a name in it is longer than {} bytes or has a zero byte: {}",
                                printable(directory.path), name_limit, printable(name.name)));
            if (tree_.inode(name.inode).type != tree::FileType::directory)
                continue;
            plan_.inodes[index_.at(name.inode)].parent = directory.number;
            ++links;
        }
        // dir_nlink: one link means too many to count.
        directory.links = links >= link_limit ? 1 : static_cast<std::uint32_t>(links);
        const std::uint64_t blocks =
            directory_blocks(planned_directory(tree_, plan_, directory), seed_).blocks.size();
        plan_.needs.blocks += blocks + extent_tree_blocks(1, blocks);
    }

    const tree::Tree& tree_;
    const HashSeed& seed_;
    Plan plan_;
    std::unordered_map<tree::InodeId, std::size_t> index_;
    std::string buffer_ = std::string(piece_size, '\0');
    std::uint32_t next_number_ = first_free_inode;
};

} // namespace

Plan make_plan(const tree::Tree& tree, const HashSeed& seed) {
    return Planner(tree, seed).run();
}

Directory planned_directory(const tree::Tree& tree, const Plan& plan, const PlannedInode& inode) {
    Directory directory{inode.number, inode.parent, {}, 1};
    if (inode.number == lost_found_inode)
        directory.least_blocks = lost_found_blocks;
    const auto& names = tree.names(inode.id);
    directory.entries.reserve(names.size());
    for (const tree::Name& name : names)
        directory.entries.push_back(
            {name.name, plan.numbers.at(name.inode), directory_type(tree.inode(name.inode).type)});
    return directory;
}

} // namespace selns::image::ext4
