#include "selns/image/ext4/tree_wire.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/extents.hpp"
#include "selns/tree/entry_inode.hpp"
#include "selns/tree/spool.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace selns::image::ext4 {

namespace {

using archive::RecordKind;

constexpr std::size_t batch_size = 65536; // bytes of records that go out together

Error nonsense() {
    return {ErrorKind::failed, "the sandbox gave a file that makes no sense"};
}

std::uint64_t size_of(const Fd& image) {
    const off_t size = ::lseek(image.get(), 0, SEEK_END);
    return size > 0 ? static_cast<std::uint64_t>(size) : 0;
}

} // namespace

tree::InodeId TreeSender::put(tree::InodeId directory, std::string_view name, tree::Inode inode) {
    add(RecordKind::entry,
        archive::encode_number(directory,
                               archive::encode(tree::entry_of(inode, std::string(name)))));
    if (inode.content.size() > 0)
        add_content(inode.content);
    return next_++;
}

void TreeSender::link(tree::InodeId directory, std::string_view name, tree::InodeId existing) {
    add(RecordKind::link,
        archive::encode_number(directory, archive::encode_number(existing, name)));
}

void TreeSender::finish() {
    emit_(batch_);
    batch_.clear();
}

void TreeSender::add(RecordKind kind, std::string_view body) {
    archive::put_record(batch_, kind, body);
    if (batch_.size() >= batch_size)
        finish();
}

void TreeSender::add_content(const tree::Content& content) {
    const auto* source = dynamic_cast<const ExtentSource*>(content.source());
    if (source == nullptr)
        return add(RecordKind::content, content.str());
    std::string spans;
    for (const Extent& extent : source->extents()) {
        const tree::Span span{extent.logical * source->block_size(),
                              extent.count * source->block_size(),
                              extent.physical * source->block_size()};
        spans.append(reinterpret_cast<const char*>(&span), sizeof span);
    }
    add(RecordKind::spans, spans);
}

TreeReceiver::TreeReceiver(Fd image)
    : image_size_(size_of(image)), image_(tree::file_source(image.release())) {}

void TreeReceiver::take(std::string_view piece) {
    while (!piece.empty())
        take(archive::take_record(piece));
}

tree::Tree TreeReceiver::finish() {
    if (known_.empty() || content_size_ != 0)
        throw nonsense();
    return std::move(tree_);
}

void TreeReceiver::take(const archive::WireRecord& record) {
    keep(record.body.size());
    const bool content = record.kind == RecordKind::content || record.kind == RecordKind::spans;
    if (content != (content_size_ != 0))
        throw nonsense();
    if (content)
        take_content(record);
    else if (record.kind == RecordKind::entry)
        take_entry(record.body);
    else if (record.kind == RecordKind::link)
        take_link(record.body);
    else
        throw nonsense();
}

void TreeReceiver::take_entry(std::string_view body) {
    count_name();
    const std::uint64_t parent = archive::take_number(body);
    archive::decode(body, entry_);
    check_entry();
    try {
        add_entry(parent);
    } catch (Error& error) {
        error.context(printable(entry_.path));
        throw;
    }
}

void TreeReceiver::add_entry(std::uint64_t parent) {
    tree::Inode inode = tree::inode_of(entry_);
    const bool directory = inode.type == tree::FileType::directory;
    if (known_.empty()) {
        if (!directory)
            throw nonsense();
        tree_.inode(tree::Tree::root) = std::move(inode);
        known_.push_back({});
        return;
    }
    const Known above = known(parent);
    if (tree_.inode(above.id).type != tree::FileType::directory ||
        tree_.child(above.id, entry_.path))
        throw nonsense();
    const std::size_t size = path_size(above, entry_.path);
    const bool regular = inode.type == tree::FileType::regular;
    known_.push_back({tree_.put_child(above.id, entry_.path, std::move(inode)), size});
    if (regular)
        content_size_ = static_cast<std::uint64_t>(entry_.size);
}

void TreeReceiver::take_link(std::string_view body) {
    count_name();
    const Known& above = known(archive::take_number(body));
    const Known& existing = known(archive::take_number(body));
    path_size(above, body);
    if (tree_.inode(above.id).type != tree::FileType::directory ||
        tree_.inode(existing.id).type == tree::FileType::directory || tree_.child(above.id, body))
        throw nonsense();
    tree_.link_child(above.id, body, existing.id);
}

void TreeReceiver::take_content(const archive::WireRecord& record) {
    tree_.inode(known_.back().id).content =
        record.kind == RecordKind::content ? bytes(record.body) : spans(record.body);
    content_size_ = 0;
}

// The worker has the same limits, and may not keep them. The root has no name, but is counted.
void TreeReceiver::count_name() {
    if (++names_ > most_names + 1)
        throw nonsense();
}

void TreeReceiver::keep(std::uint64_t bytes) {
    constexpr std::uint64_t most = std::uint64_t{1} << 30U;
    kept_ += bytes;
    if (kept_ > most)
        throw nonsense();
}

void TreeReceiver::check_entry() {
    keep(attribute_cost * entry_.xattrs.size());
    if (entry_.size < 0 || (entry_.type != FileType::regular && entry_.size != 0) ||
        entry_.symlink.find('\0') != std::string::npos)
        throw nonsense();
    const auto size = static_cast<std::uint64_t>(entry_.size);
    if (size > content_limit - content_)
        throw nonsense();
    content_ += size;
}

const TreeReceiver::Known& TreeReceiver::known(std::uint64_t number) const {
    if (number >= known_.size())
        throw nonsense();
    return known_[number];
}

// Of NAME in DIRECTORY. What walks a tree later is as slow as its paths are long.
std::size_t TreeReceiver::path_size(const Known& directory, std::string_view name) const {
    const std::size_t size = directory.path_size + 1 + name.size();
    if (size > path_limit)
        throw nonsense();
    return size;
}

// Of a file that lies in its inode.
tree::Content TreeReceiver::bytes(std::string_view body) const {
    if (body.size() != content_size_)
        throw nonsense();
    return tree::Content::bytes(std::string(body));
}

tree::Content TreeReceiver::spans(std::string_view body) const {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / 4;
    if (body.size() % sizeof(tree::Span) != 0)
        throw nonsense();
    std::vector<tree::Span> spans(body.size() / sizeof(tree::Span));
    std::copy(body.begin(), body.end(), reinterpret_cast<char*>(spans.data()));
    std::uint64_t end = 0;
    std::vector<tree::Span> inside;
    for (tree::Span& span : spans) {
        if (span.offset < end || span.size == 0 || span.size > most || span.offset > most ||
            span.position > image_size_ || span.size > image_size_ - span.position)
            throw nonsense();
        end = span.offset + span.size;
        if (span.offset >= content_size_)
            continue; // blocks behind the end
        span.size = std::min(span.size, content_size_ - span.offset);
        inside.push_back(span);
    }
    return tree::sparse_content(image_, std::move(inside), content_size_);
}

} // namespace selns::image::ext4
