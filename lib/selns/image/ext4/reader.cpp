#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/extents.hpp"
#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/names.hpp"
#include "selns/image/ext4/raw_inode.hpp"
#include "selns/image/ext4/superblock.hpp"
#include "selns/image/ext4/xattr.hpp"
#include "selns/image/image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <unordered_map>

namespace selns::image {

namespace ext4 {

namespace {

constexpr std::size_t path_limit = 4096;
constexpr std::size_t symlink_size_limit = 4096;
constexpr std::uint64_t content_limit = std::uint64_t{1} << 40U;

class Reader {
  public:
    Reader(Filesystem fs, std::shared_ptr<const Fd> image, std::uint64_t file_size)
        : fs_(std::move(fs)), image_(std::move(image)),
          budget_(4 * ext2fs_blocks_count(fs_->super) + 16ULL * fs_->super->s_inodes_count),
          directory_budget_(ext2fs_blocks_count(fs_->super)),
          xattr_budget_(file_size + (64U << 20U)), content_budget_(content_limit) {}

    tree::Tree run() {
        take("/", root_number);
        while (!pending_.empty()) {
            const Pending directory = std::move(pending_.back());
            pending_.pop_back();
            read_directory(directory);
        }
        return std::move(tree_);
    }

  private:
    static constexpr std::uint32_t root_number = EXT2_ROOT_INO;

    struct Pending {
        std::string path;
        std::vector<Entry> entries;
    };

    void read_directory(const Pending& directory) {
        const std::string prefix = directory.path == "/" ? "/" : directory.path + "/";
        for (const Entry& entry : directory.entries)
            take(prefix + entry.name, entry.number);
    }

    // Puts one name into the tree. A directory's names wait until their turn.
    void take(const std::string& path, std::uint32_t number) {
        try {
            if (path.size() > path_limit)
                damaged("a path is longer than 4096 bytes");
            const auto [seen, first] = first_paths_.emplace(number, path);
            if (!first)
                return link(seen->second, path);
            const RawInode raw = read_raw_inode(fs_.get(), number);
            if (number < EXT2_FIRST_INODE(fs_->super) && number != root_number)
                damaged(fmt::format("a name of the reserved inode {}", number));
            add(path, raw);
        } catch (Error& error) {
            error.context(printable(path));
            throw;
        }
    }

    void link(const std::string& existing, const std::string& path) {
        const auto id = tree_.find(existing, false);
        if (!id || tree_.inode(*id).type == tree::FileType::directory)
            damaged("a directory has two names (the other one is " + printable(existing) + ")");
        tree_.link(existing, path);
    }

    void add(const std::string& path, const RawInode& raw) {
        auto inode = decode(raw.fields);
        if (!inode || raw.fields.i_links_count == 0 || raw.has(EXT4_EA_INODE_FL))
            damaged(fmt::format("a name of inode {}, which is not in use", raw.number));
        if (raw.has(EXT4_ENCRYPT_FL))
            throw Error(ErrorKind::invalid_input, "it is encrypted");
        if (raw.number == root_number && inode->type != tree::FileType::directory)
            damaged("the root is not a directory");
        XattrMap xattrs = read_xattrs(raw);
        std::string inline_data;
        if (raw.has(EXT4_INLINE_DATA_FL))
            inline_data = take_inline_data(raw, xattrs);
        set_xattrs(*inode, std::move(xattrs));
        if (inode->type == tree::FileType::regular)
            inode->content = read_content(raw, inline_data);
        else if (inode->type == tree::FileType::symlink)
            inode->target = read_target(raw, inline_data);
        if (inode->type == tree::FileType::directory)
            pending_.push_back({path, read_names(raw, inline_data)});
        if (raw.number == root_number)
            tree_.inode(tree::Tree::root) = std::move(*inode);
        else
            tree_.put(path, std::move(*inode));
    }

    std::vector<Extent> extents_of(const RawInode& raw) {
        ext2_inode inode{};
        std::memcpy(&inode, raw.bytes.data(), sizeof inode);
        return read_extents(fs_.get(), raw.number, inode, budget_);
    }

    tree::Content content_of(const RawInode& raw) {
        return {std::make_shared<ExtentSource>(image_, fs_->blocksize, extents_of(raw)), 0,
                raw.size()};
    }

    tree::Content read_content(const RawInode& raw, const std::string& inline_data) {
        if (!content_budget_.take(raw.size()))
            throw Error(ErrorKind::invalid_input, "the image has more than 1 TiB of content");
        if (raw.has(EXT4_INLINE_DATA_FL)) {
            if (raw.size() > inline_data.size())
                damaged("a file's inline data is cut off");
            return tree::Content::bytes(inline_data.substr(0, raw.size()));
        }
        return raw.size() == 0 ? tree::Content() : content_of(raw);
    }

    std::string read_target(const RawInode& raw, const std::string& inline_data) {
        const std::uint64_t size = raw.size();
        if (size == 0 || size > symlink_size_limit)
            damaged("a symlink of impossible size");
        std::string target;
        if (raw.has(EXT4_INLINE_DATA_FL))
            target = inline_data.substr(0, size);
        else if (size < fast_symlink_limit)
            target.assign(reinterpret_cast<const char*>(raw.fields.i_block), size);
        else
            target = content_of(raw).str();
        if (target.size() != size || target.find('\0') != std::string::npos)
            damaged("a symlink's target is cut off");
        return target;
    }

    XattrMap read_xattrs(const RawInode& raw) {
        XattrMap result;
        const ReadValueInode read_value = [this](std::uint32_t inode, std::uint32_t size) {
            return read_value_inode(inode, size);
        };
        if (const auto region = xattrs_in(raw))
            parse_xattrs(*region, read_value, result);
        const blk64_t block = ext2fs_file_acl_block(fs_.get(), ext2fs_const_inode(&raw.fields));
        if (block != 0) {
            std::string buffer(fs_->blocksize, '\0');
            check_block(block);
            check_sound(ext2fs_read_ext_attr3(fs_.get(), block, buffer.data(), raw.number));
            parse_xattrs({buffer, sizeof(ext2_ext_attr_header), 0}, read_value, result);
        }
        for (const auto& [name, value] : result)
            if (!xattr_budget_.take(name.size() + value.size()))
                damaged("more extended attributes than the image can hold");
        return result;
    }

    // Attributes too large for a block have an inode of their own (feature ea_inode).
    std::string read_value_inode(std::uint32_t number, std::uint32_t size) {
        const RawInode raw = read_raw_inode(fs_.get(), number);
        if (!raw.has(EXT4_EA_INODE_FL) || raw.size() != size || !xattr_budget_.take(size))
            damaged("an extended attribute's inode is not one");
        return content_of(raw).str();
    }

    void check_block(std::uint64_t block) const {
        if (block < fs_->super->s_first_data_block || block >= ext2fs_blocks_count(fs_->super))
            damaged(fmt::format("block {} lies outside", block));
    }

    static void set_xattrs(tree::Inode& inode, XattrMap xattrs) {
        const auto context = xattrs.find(std::string(selinux_xattr));
        if (context != xattrs.end()) {
            inode.context = std::move(context->second);
            if (inode.context.ends_with('\0'))
                inode.context.pop_back();
            xattrs.erase(context);
        }
        inode.xattrs = std::move(xattrs);
    }

    // Sorted, without "." and "..".
    std::vector<Entry> read_names(const RawInode& raw, const std::string& inline_data) {
        std::vector<Entry> entries;
        if (raw.has(EXT4_INLINE_DATA_FL)) {
            // The number of the parent, then two lists.
            constexpr std::size_t first_at = sizeof(std::uint32_t);
            const std::string_view data = inline_data;
            parse_entries(fs_.get(), data.substr(first_at, sizeof raw.fields.i_block - first_at),
                          entries);
            parse_entries(fs_.get(), data.substr(sizeof raw.fields.i_block), entries);
        } else {
            read_blocks_of_names(raw, entries);
        }
        sort_entries(entries);
        return entries;
    }

    void read_blocks_of_names(const RawInode& raw, std::vector<Entry>& entries) {
        const std::uint64_t count = raw.size() / fs_->blocksize;
        if (count == 0 || raw.size() % fs_->blocksize != 0 || !directory_budget_.take(count))
            damaged("a directory of impossible size");
        std::uint64_t next = 0;
        std::string buffer(fs_->blocksize, '\0');
        for (const Extent& extent : extents_of(raw)) {
            for (std::uint64_t i = 0; i < extent.count && next < count; ++i) {
                if (extent.logical + i != next++)
                    damaged("a directory with a hole");
                check_sound(ext2fs_read_dir_block4(fs_.get(), extent.physical + i, buffer.data(), 0,
                                                   raw.number));
                parse_entries(fs_.get(), buffer, entries);
            }
        }
        if (next != count)
            damaged("a directory is cut off");
    }

    Filesystem fs_;
    std::shared_ptr<const Fd> image_;
    Budget budget_;
    Budget directory_budget_;
    Budget xattr_budget_;
    Budget content_budget_;
    tree::Tree tree_;
    std::vector<Pending> pending_;
    std::unordered_map<std::uint32_t, std::string> first_paths_;
};

std::uint64_t size_of_file(const Fd& fd) {
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    return size > 0 ? static_cast<std::uint64_t>(size) : 0;
}

tree::Tree read(const std::filesystem::path& file) {
    auto image = std::make_shared<const Fd>(open_read(file, Input::disk));
    const std::uint64_t size = size_of_file(*image);
    std::string head(superblock_at + superblock_size, '\0');
    if (size < head.size())
        throw Error(ErrorKind::invalid_input, "not an ext4 file system");
    pread_all(image->get(), head.data(), head.size(), 0);
    check_superblock(head, size);
    Filesystem fs;
    check_sound(open(*image, 0, fs));
    return Reader(std::move(fs), image, size).run();
}

} // namespace

} // namespace ext4

tree::Tree read_ext4(const std::filesystem::path& file) {
    try {
        return ext4::read(file);
    } catch (Error& error) {
        error.context(file.string());
        throw;
    }
}

} // namespace selns::image
