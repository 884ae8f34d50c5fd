#pragma once

#include "selns/tree/tree.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace selns::image::ext4 {

inline constexpr std::string_view selinux_xattr = "security.selinux";

// All xattrs of an inode as the kernel stores them: the context first, with its NUL.
using XattrList = std::vector<std::pair<std::string, std::string>>;
XattrList xattrs_of(const tree::Inode& inode);

// How many blocks (0 or 1) they take besides the inode's own space. Throws an Error (invalid_input)
// about what does not fit or has a name that ext4 cannot keep.
std::uint64_t xattr_blocks(const XattrList& xattrs);

using XattrMap = std::map<std::string, std::string>;
// Reads a value that is kept in an inode of its own.
using ReadValueInode = std::function<std::string(std::uint32_t inode, std::uint32_t size)>;

// Where the entries begin in a region, and what their values' offsets count from.
struct XattrRegion {
    std::string_view bytes;
    std::size_t entries = 0;
    std::size_t values = 0;
};

// Adds what REGION holds to RESULT. POSIX ACLs get the form that getxattr() shows. Throws an Error
// (invalid_input) on a damaged region.
void parse_xattrs(const XattrRegion& region, const ReadValueInode& read_value, XattrMap& result);

} // namespace selns::image::ext4
