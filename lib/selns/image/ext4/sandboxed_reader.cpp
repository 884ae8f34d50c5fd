#include "selns/archive/wire.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/ext4/extents.hpp"
#include "selns/image/ext4/reader.hpp"
#include "selns/image/image.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "selns/tree/entry_inode.hpp"
#include "selns/tree/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <unordered_map>
#include <vector>

namespace selns::image {

namespace ext4 {

namespace {

using archive::RecordKind;

constexpr std::size_t batch_size = 65536; // bytes of records that go out together
constexpr std::size_t most_target = 4096;
constexpr std::string_view security_context = "security.selinux";

// An inode comes out of the sandbox as an archive's entry. Behind a file with content comes one
// record: its bytes, or where they lie in the image.
class Sender {
  public:
    Sender(const tree::Tree& tree, sandbox::Inside& inside) : tree_(tree), inside_(inside) {}

    void run() {
        tree_.walk([this](const std::string& path, tree::InodeId id, bool first) {
            if (first)
                send(path, id);
            else
                send_link(path, first_paths_.at(id));
        });
        flush();
    }

  private:
    void put(RecordKind kind, std::string_view body) {
        archive::put_record(batch_, kind, body);
        if (batch_.size() >= batch_size)
            flush();
    }
    void flush() {
        inside_.emit(batch_);
        batch_.clear();
    }

    void send(const std::string& path, tree::InodeId id) {
        const tree::Inode& inode = tree_.inode(id);
        if (tree_.links(id) > 1)
            first_paths_.emplace(id, path);
        put(RecordKind::entry, archive::encode(tree::entry_of(inode, path)));
        if (inode.content.size() > 0)
            send_content(inode.content);
    }

    void send_link(const std::string& path, const std::string& existing) {
        archive::Entry entry;
        entry.path = path;
        entry.hard_link = existing;
        put(RecordKind::entry, archive::encode(entry));
    }

    void send_content(const tree::Content& content) {
        const auto* source = dynamic_cast<const ExtentSource*>(content.source());
        if (source == nullptr)
            return put(RecordKind::content, content.str());
        std::string spans;
        for (const Extent& extent : source->extents()) {
            const tree::Span span{extent.logical * source->block_size(),
                                  extent.count * source->block_size(),
                                  extent.physical * source->block_size()};
            spans.append(reinterpret_cast<const char*>(&span), sizeof span);
        }
        put(RecordKind::spans, spans);
    }

    const tree::Tree& tree_;
    sandbox::Inside& inside_;
    std::string batch_;
    std::unordered_map<tree::InodeId, std::string> first_paths_;
};

std::string read_image(sandbox::Inside& inside) {
    const auto image =
        std::make_shared<const Fd>(::fcntl(inside.descriptor(0), F_DUPFD_CLOEXEC, 0));
    const tree::Tree tree = read_in_this_process(image);
    Sender(tree, inside).run();
    return {};
}

const sandbox::Worker image_reader("ext4", sandbox::Rights::parse,
                                   {.memory = std::uint64_t{2} << 30U,
                                    .cpu = std::chrono::minutes(2),
                                    .time = std::chrono::minutes(10)},
                                   read_image);

Error nonsense() {
    return {ErrorKind::failed, "the sandbox gave a file that makes no sense"};
}

// Makes the Tree of what comes out, and trusts none of it.
class Gatherer {
  public:
    explicit Gatherer(Fd image)
        : size_(size_of(image)), image_(tree::file_source(image.release())) {}

    void take(std::string_view piece) {
        while (!piece.empty())
            take(archive::take_record(piece));
    }
    tree::Tree finish() {
        require_content();
        return std::move(tree_);
    }

  private:
    // Of the file before.
    void require_content() const {
        if (content_size_ != 0)
            throw nonsense();
    }

    static std::uint64_t size_of(const Fd& image) {
        const off_t size = ::lseek(image.get(), 0, SEEK_END);
        return size > 0 ? static_cast<std::uint64_t>(size) : 0;
    }

    void take(const archive::WireRecord& record) {
        if (record.kind == RecordKind::entry)
            return take_entry(record.body);
        if (content_size_ == 0 || record.kind == RecordKind::end_of_content)
            throw nonsense();
        tree::Content& content = tree_.inode(last_).content;
        content = record.kind == RecordKind::content ? bytes(record.body) : spans(record.body);
        content_size_ = 0;
    }

    void take_entry(std::string_view body) {
        require_content();
        archive::decode(body, entry_);
        check_entry(body.size());
        if (entry_.hard_link) {
            tree_.link(*entry_.hard_link, entry_.path);
            return;
        }
        last_ = tree_.put(entry_.path, inode());
        if (entry_.type == archive::EntryType::regular && entry_.size > 0)
            content_size_ = static_cast<std::uint64_t>(entry_.size);
    }

    // The worker has the same limits, and may not keep them.
    void check_entry(std::size_t size) {
        constexpr std::uint64_t most_entries = 2'000'000;
        constexpr std::uint64_t most_bytes = 2ULL << 30U;
        constexpr std::int64_t most_content = 1LL << 40U;
        constexpr auto highest = std::numeric_limits<std::uint32_t>::max();
        bytes_ += size;
        if (++entries_ > most_entries || bytes_ > most_bytes || entry_.size < 0 ||
            entry_.size > most_content || entry_.uid < 0 || entry_.uid > highest ||
            entry_.gid < 0 || entry_.gid > highest || entry_.major > highest ||
            entry_.minor > highest || entry_.symlink.size() > most_target)
            throw nonsense();
    }

    tree::Content bytes(std::string_view body) const {
        if (body.size() != content_size_)
            throw nonsense();
        return tree::Content::bytes(std::string(body));
    }

    tree::Content spans(std::string_view body) const {
        std::vector<tree::Span> spans(body.size() / sizeof(tree::Span));
        std::memcpy(spans.data(), body.data(), spans.size() * sizeof(tree::Span));
        std::uint64_t end = 0;
        std::vector<tree::Span> inside;
        for (tree::Span& span : spans) {
            if (span.offset < end || span.size > std::numeric_limits<std::uint64_t>::max() / 4 ||
                span.offset > std::numeric_limits<std::uint64_t>::max() / 4 ||
                span.position > size_ || span.size > size_ - span.position)
                throw nonsense();
            end = span.offset + span.size;
            if (span.offset >= content_size_)
                continue; // blocks behind the end
            span.size = std::min(span.size, content_size_ - span.offset);
            inside.push_back(span);
        }
        return tree::sparse_content(image_, std::move(inside), content_size_);
    }

    tree::Inode inode() {
        tree::Inode inode;
        inode.type = file_type();
        inode.mode = entry_.mode;
        inode.uid = static_cast<std::uint32_t>(entry_.uid);
        inode.gid = static_cast<std::uint32_t>(entry_.gid);
        inode.mtime = {entry_.mtime, entry_.mtime_nanoseconds};
        inode.target = std::move(entry_.symlink);
        inode.major = static_cast<std::uint32_t>(entry_.major);
        inode.minor = static_cast<std::uint32_t>(entry_.minor);
        inode.xattrs = std::move(entry_.xattrs);
        if (const auto context = inode.xattrs.find(std::string(security_context));
            context != inode.xattrs.end()) {
            inode.context = std::move(context->second);
            if (inode.context.ends_with('\0'))
                inode.context.pop_back();
            inode.xattrs.erase(context);
        }
        return inode;
    }

    tree::FileType file_type() const {
        using archive::EntryType;
        using tree::FileType;
        switch (entry_.type) {
        case EntryType::regular:
            return FileType::regular;
        case EntryType::directory:
            return FileType::directory;
        case EntryType::symlink:
            return FileType::symlink;
        case EntryType::character:
            return FileType::character;
        case EntryType::block:
            return FileType::block;
        case EntryType::fifo:
            return FileType::fifo;
        case EntryType::socket:
            return FileType::socket;
        case EntryType::unknown:
            break;
        }
        throw nonsense();
    }

    std::uint64_t size_;
    std::shared_ptr<const tree::ContentSource> image_;
    tree::Tree tree_;
    archive::Entry entry_;
    tree::InodeId last_ = tree::Tree::root;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t content_size_ = 0; // of the last file, while its content is still to come
};

} // namespace

} // namespace ext4

tree::Tree read_ext4(const std::filesystem::path& file) {
    Fd image = open_read(file, Input::disk);
    try {
        sandbox::Task task{.request = {}, .descriptors = {image.get()}};
        sandbox::Process process(ext4::image_reader, std::move(task));
        ext4::Gatherer gatherer(std::move(image));
        while (const auto piece = process.next())
            gatherer.take(*piece);
        return gatherer.finish();
    } catch (Error& error) {
        error.context(file.string());
        throw;
    }
}

} // namespace selns::image
