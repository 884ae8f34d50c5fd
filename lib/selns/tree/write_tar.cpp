#include "selns/archive/writer.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/entry_inode.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace selns::tree {

namespace {

// So small that what is read is still in the processor's cache when it is written.
constexpr std::uint64_t copy_size = 256U << 10U;

// Writes inodes one after the other; remembers the first names of those that have several.
class TarWriter {
  public:
    TarWriter(const Tree& tree, const std::function<void(std::string_view)>& output,
              const std::function<void(std::uint64_t)>& advance)
        : tree_(tree), writer_(output), advance_(advance), buffer_(copy_size) {}

    void add(const std::string& path, InodeId id, bool first) {
        archive::Entry entry = entry_of(tree_.inode(id), "." + path);
        if (!first) {
            entry.hard_link = first_names_.at(id);
            entry.xattrs.clear();
            entry.size = 0;
        } else if (tree_.links(id) > 1) {
            first_names_.emplace(id, entry.path);
        }
        writer_.entry(entry);
        if (first)
            copy(path, tree_.inode(id).content);
    }

    void finish() { writer_.finish(); }

  private:
    void copy(const std::string& path, const Content& content) {
        for (std::uint64_t at = 0; at < content.size();) {
            const auto size = static_cast<std::size_t>(std::min(content.size() - at, copy_size));
            try {
                content.read(at, buffer_.data(), size);
            } catch (Error& error) {
                error.context("cannot read " + printable(path));
                throw;
            }
            writer_.data(std::string_view(buffer_.data(), size));
            at += size;
            done_ += size;
            if (advance_)
                advance_(done_);
        }
    }

    const Tree& tree_;
    archive::Writer writer_;
    const std::function<void(std::uint64_t)>& advance_;
    std::vector<char> buffer_;
    std::unordered_map<InodeId, std::string> first_names_;
    std::uint64_t done_ = 0;
};

} // namespace

void write_tar(const Tree& tree, const std::function<void(std::string_view)>& output,
               const std::function<void(std::uint64_t)>& advance) {
    TarWriter writer(tree, output, advance);
    tree.walk(
        [&](const std::string& path, InodeId id, bool first) { writer.add(path, id, first); });
    writer.finish();
}

} // namespace selns::tree
