#pragma once

#include "selns/archive/entry.hpp"
#include "selns/base/error.hpp"
#include "selns/tree/tree.hpp"

namespace selns::tree {

// What is wrong with an entry; whoever knows its name adds that.
inline Error refused(const std::string& why) {
    return Error(ErrorKind::invalid_input, why);
}

// The metadata of an archive's entry, checked; without content. What an image cannot hold is an
// Error (invalid_input).
Inode inode_of(const archive::Entry& entry);

// A directory that an archive has files in, but no entry for.
Inode made_parent(Timestamp mtime);

// The other way: INODE as an entry named PATH.
archive::Entry entry_of(const Inode& inode, std::string path);

// Whether it is one of the devices that every /dev has, in its place; PATH is relative to the root.
bool is_standard_device(const Inode& inode, std::string_view path);

} // namespace selns::tree
