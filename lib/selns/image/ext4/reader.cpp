#include "selns/image/ext4/reader.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/extents.hpp"
#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/names.hpp"
#include "selns/image/ext4/raw_inode.hpp"
#include "selns/image/ext4/superblock.hpp"
#include "selns/image/ext4/xattr.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <unordered_map>

namespace selns::image::ext4 {

namespace {

constexpr std::size_t symlink_size_limit = 4095; // what Linux takes

// Blocks and inode tables can be shared by as many inodes as an image claims to have, and the image
// be a file of holes. So there are limits that the size of the image has no part in.
constexpr std::uint64_t most_steps = 8'000'000;         // through extents and block numbers
constexpr std::uint64_t most_directories = 1ULL << 30U; // bytes of their blocks
constexpr std::uint64_t most_metadata = 512ULL << 20U;  // bytes of names, targets, attributes

// A directory on the way to a name.
struct Way {
    std::shared_ptr<const Way> above; // none above the root
    std::string name;
    tree::InodeId id = tree::Tree::root;
    std::size_t size = 0; // of the path

    std::string path() const { return above ? above->path() + "/" + name : std::string(); }
};

// Where an inode goes.
struct Place {
    std::shared_ptr<const Way> directory; // none for the root
    std::string_view name;

    std::string path() const {
        return directory ? directory->path() + "/" + std::string(name) : "/";
    }
};

class Reader {
  public:
    Reader(Filesystem fs, std::shared_ptr<const Fd> image, std::uint64_t file_size, InodeSink& sink)
        : fs_(std::move(fs)), image_(std::move(image)),
          budget_(std::min<std::uint64_t>(most_steps, 4 * ext2fs_blocks_count(fs_->super) +
                                                          16ULL * fs_->super->s_inodes_count)),
          directory_budget_(std::min<std::uint64_t>(most_directories / fs_->blocksize,
                                                    ext2fs_blocks_count(fs_->super))),
          name_budget_(most_names),
          metadata_budget_(std::min(most_metadata, file_size + (64U << 20U))),
          content_budget_(content_limit), sink_(sink) {}

    void run() {
        take({}, root_number);
        while (!pending_.empty()) {
            const Pending directory = std::move(pending_.back());
            pending_.pop_back();
            read_directory(directory);
        }
    }

  private:
    static constexpr std::uint32_t root_number = EXT2_ROOT_INO;

    struct Pending {
        std::shared_ptr<const Way> way;
        std::vector<Entry> entries;
    };

    void read_directory(const Pending& directory) {
        for (const Entry& entry : directory.entries)
            take({directory.way, entry.name}, entry.number);
    }

    // Puts one name into the tree. A directory's names wait until their turn.
    void take(const Place& place, std::uint32_t number) {
        try {
            if (place.directory && place.directory->size + 1 + place.name.size() > path_limit)
                damaged("a path is longer than 4096 bytes");
            const auto seen = ids_.find(number);
            if (seen != ids_.end())
                return link(place, seen->second);
            const RawInode raw = read_raw_inode(fs_.get(), number);
            if (number < EXT2_FIRST_INODE(fs_->super) && number != root_number)
                damaged(fmt::format("a name of the reserved inode {}", number));
            add(place, raw);
        } catch (Error& error) {
            error.context(printable(place.path()));
            throw;
        }
    }

    void link(const Place& place, tree::InodeId existing) {
        if (const auto directory = directories_.find(existing); directory != directories_.end()) {
            const std::string path = directory->second->path();
            damaged("a directory has two names (the other one is " +
                    printable(path.empty() ? "/" : path) + ")");
        }
        sink_.link(place.directory->id, place.name, existing);
    }

    void add(const Place& place, const RawInode& raw) {
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
        std::vector<Entry> names;
        if (inode->type == tree::FileType::directory)
            names = read_names(raw, inline_data);
        const bool is_directory = inode->type == tree::FileType::directory;
        const tree::InodeId above = place.directory ? place.directory->id : tree::Tree::root;
        const tree::InodeId id = sink_.put(above, place.name, *std::move(inode));
        ids_.emplace(raw.number, id);
        if (!is_directory)
            return;
        auto way = way_to(place, id);
        directories_.emplace(id, way);
        pending_.push_back({std::move(way), std::move(names)});
    }

    static std::shared_ptr<const Way> way_to(const Place& place, tree::InodeId id) {
        const std::size_t size =
            place.directory ? place.directory->size + 1 + place.name.size() : 0;
        return std::make_shared<const Way>(Way{place.directory, std::string(place.name), id, size});
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
        take_metadata(size);
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
            take_metadata(attribute_cost + name.size() + value.size());
        return result;
    }

    void take_metadata(std::uint64_t bytes) {
        if (!metadata_budget_.take(bytes))
            damaged("more names and extended attributes than the image can hold");
    }

    // Attributes too large for a block have an inode of their own (feature ea_inode).
    std::string read_value_inode(std::uint32_t number, std::uint32_t size) {
        const RawInode raw = read_raw_inode(fs_.get(), number);
        if (!raw.has(EXT4_EA_INODE_FL) || raw.size() != size)
            damaged("an extended attribute's inode is not one");
        take_metadata(size);
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
            take_names(entries, 0);
        } else {
            read_blocks_of_names(raw, entries);
        }
        sort_entries(entries);
        return entries;
    }

    // The first BEFORE of ENTRIES were taken already.
    void take_names(const std::vector<Entry>& entries, std::size_t before) {
        if (!name_budget_.take(entries.size() - before))
            damaged("more names than an image has");
        for (std::size_t i = before; i < entries.size(); ++i)
            take_metadata(entries[i].name.size());
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
                const std::size_t before = entries.size();
                parse_entries(fs_.get(), buffer, entries);
                take_names(entries, before);
            }
        }
        if (next != count)
            damaged("a directory is cut off");
    }

    Filesystem fs_;
    std::shared_ptr<const Fd> image_;
    Budget budget_;
    Budget directory_budget_;
    Budget name_budget_;
    Budget metadata_budget_;
    Budget content_budget_;
    InodeSink& sink_;
    std::vector<Pending> pending_;
    std::unordered_map<tree::InodeId, std::shared_ptr<const Way>> directories_;
    std::unordered_map<std::uint32_t, tree::InodeId> ids_; // by the numbers of the image
};

std::uint64_t size_of_file(const Fd& fd) {
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    return size > 0 ? static_cast<std::uint64_t>(size) : 0;
}

class TreeSink final : public InodeSink {
  public:
    tree::InodeId put(tree::InodeId directory, std::string_view name, tree::Inode inode) override {
        if (!name.empty())
            return tree.put_child(directory, name, std::move(inode));
        tree.inode(tree::Tree::root) = std::move(inode);
        return tree::Tree::root;
    }
    void link(tree::InodeId directory, std::string_view name, tree::InodeId existing) override {
        tree.link_child(directory, name, existing);
    }

    tree::Tree tree;
};

} // namespace

void read_in_this_process(const std::shared_ptr<const Fd>& image, InodeSink& sink) {
    const std::uint64_t size = size_of_file(*image);
    std::string head(superblock_at + superblock_size, '\0');
    if (size < head.size())
        throw Error(ErrorKind::invalid_input, "not an ext4 file system");
    pread_all(image->get(), head.data(), head.size(), 0);
    check_superblock(head, size);
    Filesystem fs;
    check_sound(open_for_reading(*image, fs));
    Reader(std::move(fs), image, size, sink).run();
}

tree::Tree read_in_this_process(const std::shared_ptr<const Fd>& image) {
    TreeSink sink;
    read_in_this_process(image, sink);
    return std::move(sink.tree);
}

} // namespace selns::image::ext4
