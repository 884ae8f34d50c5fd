#pragma once

#include "selns/archive/reader.hpp"
#include "selns/tree/spool.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace selns::tree {

// Makes a Tree of the entries of an archive. Entries are hostile: each is checked, and no path is
// resolved through a symlink. A later entry replaces an earlier one of the same path.
class Importer {
  public:
    // What fills the memory is limited: far above any image, far below what a small archive could
    // make of it.
    static constexpr std::uint64_t most_entries = 4'000'000;
    static constexpr std::size_t most_inodes = 2'000'000;
    static constexpr std::uint64_t most_metadata = 512U << 20U; // bytes of names, targets, xattrs
    static constexpr std::uint64_t most_content = std::uint64_t{1} << 40U; // bytes, holes included

    // NAME is the archive's, for messages.
    Importer(archive::Reader& reader, std::string name);

    // Takes the entry that READER is at.
    void add(const archive::Entry& entry);
    Tree finish() { return std::move(tree_); }

  private:
    void limit(const archive::Entry& entry);
    void add_file(const archive::Entry& entry);
    void add_link(const archive::Entry& entry);
    InodeId find_link_target(std::string_view path) const;
    Content content(const archive::Entry& entry);
    Content spooled(const archive::Entry& entry);

    archive::Reader& reader_;
    std::string name_;
    std::shared_ptr<const ContentSource> file_;
    std::shared_ptr<Spool> spool_;
    Tree tree_;
    std::uint64_t entries_ = 0;
    std::uint64_t metadata_ = 0;
    std::uint64_t content_ = 0;
};

} // namespace selns::tree
