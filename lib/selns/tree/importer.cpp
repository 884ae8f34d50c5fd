#include "selns/tree/importer.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/entry_inode.hpp"
#include "selns/tree/steps.hpp"

#include <fcntl.h>

#include <cerrno>

namespace selns::tree {

namespace {

constexpr std::size_t longest_entry_path = 4095; // as Linux has it
constexpr std::size_t shown_of_name = 256;       // bytes of a name in a message

std::string show(std::string_view name) {
    return name.size() <= shown_of_name ? printable(name)
                                        : printable(name.substr(0, shown_of_name)) + "...";
}

void check_path(std::string_view path, std::size_t depth) {
    if (path.starts_with('/'))
        throw refused("an absolute path");
    if (path.size() > longest_entry_path)
        throw refused("a path longer than 4095 bytes");
    Steps steps(path);
    std::string_view name;
    while (steps.next(name)) {
        if (name == "..")
            throw refused("a path with \"..\"");
        if (depth-- == 0)
            throw refused("too many directories in each other");
    }
}

// A part of PATH that others are below.
void check_parent(const Inode& inode, std::string_view path, std::string_view name) {
    if (inode.type == FileType::directory)
        return;
    const auto size = static_cast<std::size_t>(name.data() + name.size() - path.data());
    throw refused(
        "it lies below " + show(path.substr(0, size)) +
        (inode.type == FileType::symlink ? ", a symbolic link" : ", which is not a directory"));
}

std::shared_ptr<const ContentSource> source_of(const archive::Reader& reader) {
    Fd fd(::fcntl(reader.fd(), F_DUPFD_CLOEXEC, 0));
    if (!fd)
        throw system_error("cannot keep the archive open", errno);
    return file_source(fd.release());
}

} // namespace

Limits Limits::from_others(std::uint64_t size) {
    constexpr std::uint64_t most = std::uint64_t{64} << 30U;
    constexpr std::uint64_t some = 256U << 20U;
    constexpr std::uint64_t ratio = 100; // far above that of a root file system
    Limits limits;
    limits.content = size > most / ratio ? most : some + size * ratio;
    limits.depth = 256;
    limits.any_device = false;
    limits.any_sparse = false;
    return limits;
}

Importer::Importer(archive::Reader& reader, std::string name, const Limits& limits, Tree base)
    : reader_(reader), name_(std::move(name)), file_(source_of(reader)),
      spool_(std::make_shared<Spool>()), tree_(std::move(base)), rest_(limits) {}

void Importer::add(const archive::Entry& entry) {
    try {
        limit(entry);
        if (entry.path.empty())
            throw refused("an entry without a name");
        check_path(entry.path, rest_.depth);
        if (entry.hard_link)
            add_link(entry);
        else
            add_file(entry);
    } catch (Error& error) {
        if (!error.location().known())
            error.context("entry " + show(entry.path)).at({name_});
        throw;
    }
}

void Importer::take_metadata(std::uint64_t bytes) {
    if (bytes > rest_.metadata)
        throw refused("too many files for an image");
    rest_.metadata -= bytes;
}

void Importer::limit(const archive::Entry& entry) {
    take_metadata(entry.path.size() + entry.symlink.size());
    for (const auto& [name, value] : entry.xattrs)
        take_metadata(name.size() + value.size());
    if (rest_.entries-- == 0 || tree_.size() > rest_.inodes)
        throw refused("too many files for an image");
    if (entry.size < 0)
        throw refused("a negative size");
    const auto size = static_cast<std::uint64_t>(entry.size);
    if (size > rest_.content)
        throw refused("its files are larger together than such an archive may hold");
    rest_.content -= size;
}

void Importer::check_device(const Inode& inode, std::string_view path) const {
    if ((inode.type == FileType::character || inode.type == FileType::block) && !rest_.any_device &&
        !is_standard_device(inode, path))
        throw refused("a device, other than those that every /dev has");
}

void Importer::add_file(const archive::Entry& entry) {
    Inode inode = inode_of(entry);
    if (inode.type == FileType::socket)
        throw refused("a socket, which no image can hold");
    check_device(inode, entry.path);
    if (inode.type == FileType::regular)
        inode.content = content(entry);

    const std::string_view path = entry.path;
    Steps steps(path);
    InodeId at = Tree::root;
    std::string_view name;
    while (steps.next(name)) {
        if (steps.last()) {
            tree_.put_child(at, name, std::move(inode));
            return;
        }
        const auto next = tree_.child(at, name);
        at = next ? *next : tree_.put_child(at, name, made_parent(inode.mtime));
        check_parent(tree_.inode(at), path, name);
    }
    tree_.put("/", std::move(inode));
}

InodeId Importer::find_link_target(std::string_view path) const {
    check_path(path, rest_.depth);
    Steps steps(path);
    InodeId at = Tree::root;
    std::string_view name;
    while (steps.next(name)) {
        check_parent(tree_.inode(at), path, name);
        const auto next = tree_.child(at, name);
        if (!next)
            throw refused("which is not in the archive before it");
        at = *next;
        if (!steps.last())
            check_parent(tree_.inode(at), path, name);
    }
    if (tree_.inode(at).type == FileType::directory)
        throw refused("a directory");
    return at;
}

void Importer::add_link(const archive::Entry& entry) {
    InodeId target = 0;
    try {
        target = find_link_target(*entry.hard_link);
    } catch (Error& error) {
        error.context("a hard link to " + show(*entry.hard_link));
        throw;
    }
    // pax and cpio may repeat the content, or have it with the last name only.
    if (entry.size > 0 && tree_.inode(target).type == FileType::regular)
        tree_.inode(target).content = content(entry);

    const std::string_view path = entry.path;
    Steps steps(path);
    InodeId at = Tree::root;
    std::string_view name;
    while (steps.next(name)) {
        if (steps.last()) {
            tree_.link_child(at, name, target);
            return;
        }
        const auto next = tree_.child(at, name);
        at = next ? *next : tree_.put_child(at, name, made_parent(tree_.inode(target).mtime));
        check_parent(tree_.inode(at), path, name);
    }
    throw refused("the root cannot be a hard link");
}

Content Importer::content(const archive::Entry& entry) {
    if (entry.size == 0)
        return {};
    if (!entry.data_offset)
        return spooled(entry);
    const auto size = static_cast<std::uint64_t>(entry.size);
    const std::uint64_t end = reader_.file_size();
    if (*entry.data_offset > end || size > end - *entry.data_offset)
        throw refused("the archive ends before its content does");
    return Content(file_, *entry.data_offset, size);
}

Content Importer::spooled(const archive::Entry& entry) {
    const auto size = static_cast<std::uint64_t>(entry.size);
    const std::uint64_t start = spool_->size();
    std::vector<Span> spans;
    std::uint64_t end = 0; // of the data so far
    reader_.read_content([&](std::uint64_t offset, std::string_view data) {
        if (offset < end || offset > size || data.size() > size - offset)
            throw refused("its content does not fit its size");
        if (spans.empty() || offset > end) {
            spans.push_back({offset, 0, spool_->size()});
            take_metadata(sizeof(Span));
        }
        spool_->append(data);
        spans.back().size += data.size();
        end = offset + data.size();
    });
    if (spans.size() == 1 && spans[0].offset == 0 && spans[0].size == size)
        return Content(spool_, start, size);
    if (!entry.sparse)
        throw refused("the archive ends before its content does");
    return sparse_content(spool_, std::move(spans), size);
}

} // namespace selns::tree
