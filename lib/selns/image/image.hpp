#pragma once

#include "selns/image/format.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace selns::image {

// Both write the complete FILE or throw and leave a partial one (callers write to a temporary
// name). They return its SHA-256 when it is to be HASHED, else nothing.
std::string write_tar(const tree::Tree& tree, const std::filesystem::path& file,
                      const Advance& advance, bool hashed = false);

// Formats with mke2fs, fills through libext2fs: no mount, no root. The same tree and options give
// the same bytes (with the same e2fsprogs). A SIZE that is too small, and what ext4 cannot keep
// (a time before 1901, too many xattrs on one inode, ...), is an invalid_input Error, thrown before
// FILE is touched.
//
// e2fsck needs a directory /lost+found. TREE should have one, with its label; without, the image
// gets one that has none, and compare() will say so.
std::string write_ext4(const tree::Tree& tree, const std::filesystem::path& file,
                       const WriteOptions& options, process::Runner& runner,
                       const Advance& advance);

// The Tree of an ext4 file system (ext2 and ext3 as well); /lost+found is a directory like others.
// Contents stay in the image, which must not change while they are used. One that is damaged, was
// not unmounted, or holds encrypted files is an invalid_input Error. Takes paths up to 4096 bytes
// and 1 TiB of content, holes counted.
// TRANSCRIPT: see Format::read.
tree::Tree read_ext4(const std::filesystem::path& file, sandbox::Transcript* transcript = nullptr);

// What differs between the tree that was meant and the one read back, path by path: missing,
// unexpected, type, mode, owner, size, link target, device, context, xattrs, hard links.
// At most LIMIT lines. (Modification times are compared to the second.)
std::vector<std::string> compare(const tree::Tree& expected, const tree::Tree& actual,
                                 std::size_t limit = 20);

} // namespace selns::image
