#pragma once

#include "selns/archive/reader.hpp"
#include "selns/tree/archive.hpp"
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
    // NAME is the archive's, for messages. Entries are put over BASE.
    Importer(archive::Reader& reader, std::string name, const Limits& limits, Tree base = {});

    // Takes the entry that READER is at.
    void add(const archive::Entry& entry);
    Tree& tree() { return tree_; }
    Tree finish() { return std::move(tree_); }
    // What is left of the limits.
    const Limits& rest() const { return rest_; }

  private:
    void limit(const archive::Entry& entry);
    void take_metadata(std::uint64_t bytes);
    void check_device(const Inode& inode, std::string_view path) const;
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
    Limits rest_;
};

} // namespace selns::tree
