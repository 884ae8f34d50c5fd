#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/inode.hpp"
#include "selns/image/ext4/mke2fs.hpp"
#include "selns/image/ext4/output.hpp"
#include "selns/image/ext4/plan.hpp"
#include "selns/image/ext4/xattr.hpp"
#include "selns/image/image.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace selns::image {

namespace ext4 {

namespace {

void check(errcode_t code, std::string_view doing) {
    if (code == 0)
        return;
    // On a regular file a write is cut short by a full disk only.
    if (code == ENOSPC || code == EDQUOT || code == EXT2_ET_SHORT_WRITE)
        throw system_error("cannot write", code == EDQUOT ? EDQUOT : ENOSPC);
    throw Error(ErrorKind::failed, fmt::format("{}: {}", doing, reason(code)));
}

// An interrupt happened to no file in particular.
void add_context(Error& error, const std::string& where) {
    if (error.kind() != ErrorKind::interrupted)
        error.context(where);
}

// The file's size is set, nothing is written: what stays zero takes no space on the disk.
Fd create(const std::filesystem::path& file, std::uint64_t size) {
    Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
        throw system_error("cannot write", errno);
    return fd;
}

struct ExtentHandle {
    ExtentHandle() = default;
    ~ExtentHandle() { ext2fs_extent_free(handle); }
    ExtentHandle(const ExtentHandle&) = delete;
    ExtentHandle& operator=(const ExtentHandle&) = delete;
    ext2_extent_handle_t handle = nullptr;
};

struct XattrHandle {
    XattrHandle() = default;
    ~XattrHandle() {
        if (handle != nullptr)
            ext2fs_xattrs_close(&handle);
    }
    XattrHandle(const XattrHandle&) = delete;
    XattrHandle& operator=(const XattrHandle&) = delete;
    ext2_xattr_handle* handle = nullptr;
};

// Puts a planned tree into a fresh file system.
class Filler {
  public:
    Filler(const tree::Tree& tree, const Plan& plan, const WriteOptions& options, const Fd& fd,
           const Advance& advance)
        : tree_(tree), plan_(plan), options_(options), seed_(hash_seed(options.identity)),
          output_(fd.get(), options.hashed, plan.content, advance) {
        check(open(fd, EXT2_FLAG_RW, fs_), "cannot open the new file system");
        prepare();
    }

    // All but contents first, so that what is written after that goes from the image's beginning to
    // its end. Returns what DataOutput::finish() does.
    std::string run() {
        Allocator allocator(fs_.get());
        for (const PlannedInode& planned : plan_.inodes)
            fill(planned, allocator);
        const std::uint64_t size = ext2fs_blocks_count(fs_->super) * block_size;
        check(close(fs_), "cannot complete the file system");
        for (const Piece& piece : pieces_)
            write(piece);
        return output_.finish(size);
    }

  private:
    // Content that has its place: of a regular file from byte OFFSET on, or a symlink's target.
    struct Piece {
        const PlannedInode* planned;
        std::uint64_t offset;
        BlockSpan span;
    };

    void write(const Piece& piece) {
        const tree::Inode& inode = tree_.inode(piece.planned->id);
        try {
            if (inode.type == tree::FileType::symlink)
                output_.block(piece.span.first, inode.target);
            else
                output_.copy(inode.content, piece.offset, piece.span);
        } catch (Error& error) {
            add_context(error, printable(piece.planned->path));
            throw;
        }
    }

    // The two directories that mke2fs made are written anew like all others.
    void prepare() {
        ext2_super_block& super = *fs_->super;
        fs_->now = file_system_time(options_);
        // The default depends on the machine's char.
        super.s_flags = (super.s_flags & ~__u32{EXT2_FLAGS_UNSIGNED_HASH}) | EXT2_FLAGS_SIGNED_HASH;
        super.s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
        check(ext2fs_read_bitmaps(fs_.get()), "cannot read the new file system's bitmaps");
        for (const ext2_ino_t directory : {root_inode, lost_found_inode}) {
            check(ext2fs_punch(fs_.get(), directory, nullptr, nullptr, 0, ~0ULL),
                  "cannot empty the new file system");
            ext2fs_inode_alloc_stats2(fs_.get(), directory, -1, 1);
        }
        const std::uint64_t blocks = ext2fs_free_blocks_count(&super);
        if (blocks < plan_.needs.blocks || super.s_inodes_count < plan_.needs.inodes)
            throw Error(
                ErrorKind::failed,
                fmt::format("mke2fs left {} blocks and {} inodes where {} and {} are needed",
                            blocks, super.s_inodes_count, plan_.needs.blocks, plan_.needs.inodes))
                .hint("this version of mke2fs lays file systems out in another way; ask for a "
                      "larger size");
    }

    void fill(const PlannedInode& planned, Allocator& allocator) {
        const tree::Inode& inode = tree_.inode(planned.id);
        interruption_point();
        try {
            ext2fs_inode_alloc_stats2(fs_.get(), planned.number, +1,
                                      inode.type == tree::FileType::directory);
            DiskInode disk = encode(inode, planned.links, options_.epoch);
            write(planned.number, disk);
            write_xattrs(planned.number, xattrs_of(inode), disk);
            write_content(planned, inode, disk, allocator);
        } catch (Error& error) {
            add_context(error, printable(planned.path));
            throw;
        }
    }

    void write(std::uint32_t number, DiskInode& disk) {
        check(ext2fs_write_inode_full(fs_.get(), number, EXT2_INODE(&disk.fields), sizeof disk),
              "cannot write an inode");
    }

    // libext2fs changes the inode on the disk; it is read again for what comes after.
    void write_xattrs(std::uint32_t number, const XattrList& xattrs, DiskInode& disk) {
        if (xattrs.empty())
            return;
        XattrHandle xattr;
        check(ext2fs_xattrs_open(fs_.get(), number, &xattr.handle), "cannot write attributes");
        check(ext2fs_xattrs_read(xattr.handle), "cannot write attributes");
        for (const auto& [name, value] : xattrs)
            check(ext2fs_xattr_set(xattr.handle, name.c_str(), value.data(), value.size()),
                  "cannot write " + printable(name));
        check(ext2fs_read_inode_full(fs_.get(), number, EXT2_INODE(&disk.fields), sizeof disk),
              "cannot read an inode");
    }

    void write_content(const PlannedInode& planned, const tree::Inode& inode, DiskInode& disk,
                       Allocator& allocator) {
        if (inode.type == tree::FileType::directory)
            write_directory(planned, disk, allocator);
        else if (inode.type == tree::FileType::regular && inode.content.size() > 0)
            place_content(planned, inode.content.size(), planned.data, disk, allocator);
        else if (inode.type == tree::FileType::symlink && inode.target.size() >= fast_symlink_limit)
            place_content(planned, inode.target.size(), {{0, 1}}, disk, allocator);
    }

    // Gives the blocks FIRST to FIRST + COUNT of an inode a place in the image, and calls
    // USE(block of the inode, span of the image) for each piece.
    template <typename Use>
    void place(const ExtentHandle& extents, DiskInode& disk, std::uint64_t first,
               std::uint64_t count, Allocator& allocator, const Use& use) {
        while (count > 0) {
            const BlockSpan span = allocator.take(count);
            ext2fs_extent extent{};
            extent.e_lblk = first;
            extent.e_pblk = span.first;
            extent.e_len = static_cast<__u32>(span.count);
            check(ext2fs_iblk_add_blocks(fs_.get(), EXT2_INODE(&disk.fields), span.count),
                  "cannot place content");
            check(ext2fs_extent_insert(extents.handle, EXT2_EXTENT_INSERT_AFTER, &extent),
                  "cannot place content");
            check(ext2fs_extent_fix_parents(extents.handle), "cannot place content");
            use(first, span);
            first += span.count;
            count -= span.count;
        }
    }

    // SIZE and blocks of an inode in one go: RUNS are its blocks that are not holes.
    template <typename Use>
    void place_all(std::uint32_t number, DiskInode& disk, std::uint64_t size,
                   const std::vector<DataRun>& runs, Allocator& allocator, const Use& use) {
        set_size(disk.fields, size);
        ExtentHandle extents;
        check(ext2fs_extent_open2(fs_.get(), number, EXT2_INODE(&disk.fields), &extents.handle),
              "cannot place content");
        for (const DataRun& run : runs)
            place(extents, disk, run.first, run.count, allocator, use);
        write(number, disk);
    }

    void place_content(const PlannedInode& planned, std::uint64_t size,
                       const std::vector<DataRun>& runs, DiskInode& disk, Allocator& allocator) {
        place_all(planned.number, disk, size, runs, allocator,
                  [&](std::uint64_t first, const BlockSpan& span) {
                      pieces_.push_back({&planned, first * block_size, span});
                  });
    }

    void write_directory(const PlannedInode& planned, DiskInode& disk, Allocator& allocator) {
        DirectoryBlocks directory =
            directory_blocks(planned_directory(tree_, plan_, planned), seed_);
        if (directory.indexed)
            disk.fields.i_flags |= EXT2_INDEX_FL;
        const auto count = static_cast<std::uint32_t>(directory.blocks.size());
        place_all(planned.number, disk, count * block_size, {{0, count}}, allocator,
                  [&](std::uint64_t first, const BlockSpan& span) {
                      for (std::uint64_t i = 0; i < span.count; ++i)
                          check(ext2fs_write_dir_block4(fs_.get(), span.first + i,
                                                        directory.blocks[first + i].data(), 0,
                                                        planned.number),
                                "cannot write a directory");
                  });
    }

    const tree::Tree& tree_;
    const Plan& plan_;
    const WriteOptions& options_;
    HashSeed seed_;
    Filesystem fs_;
    DataOutput output_;
    std::vector<Piece> pieces_; // in the order of their places
};

std::string write(const tree::Tree& tree, const std::filesystem::path& file,
                  const WriteOptions& options, process::Runner& runner, const Advance& advance) {
    const Plan plan = make_plan(tree, hash_seed(options.identity));
    const Geometry geometry = choose(plan.needs, options.size);
    try {
        const Fd fd = create(file, geometry.size);
        run_mke2fs(file, geometry, options, runner);
        return Filler(tree, plan, options, fd, advance).run();
    } catch (Error& error) {
        add_context(error, file.string());
        throw;
    }
}

void check_options(const WriteOptions& options) {
    if (options.label.size() > EXT2_LABEL_LEN)
        throw Error(ErrorKind::invalid_input,
                    fmt::format("the volume name \"{}\" is longer than {} bytes",
                                printable(options.label), EXT2_LABEL_LEN));
    if (!storable({options.epoch, 0}))
        throw Error(ErrorKind::invalid_input, "ext4 cannot keep the time that was asked for");
}

} // namespace

} // namespace ext4

std::string write_ext4(const tree::Tree& tree, const std::filesystem::path& file,
                       const WriteOptions& options, process::Runner& runner,
                       const Advance& advance) {
    ext4::check_options(options);
    if (tree.find("/lost+found", false))
        return ext4::write(tree, file, options, runner, advance);
    tree::Tree complete = tree;
    tree::Inode lost_found;
    lost_found.type = tree::FileType::directory;
    lost_found.mode = 0700;
    lost_found.mtime = {options.epoch, 0};
    complete.put("/lost+found", std::move(lost_found));
    return ext4::write(complete, file, options, runner, advance);
}

} // namespace selns::image
