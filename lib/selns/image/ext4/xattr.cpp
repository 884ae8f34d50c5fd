#include "selns/image/ext4/xattr.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/inode.hpp"

#include <ext2fs/ext2_ext_attr.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace selns::image::ext4 {

namespace {

struct Namespace {
    std::uint8_t index;
    std::string_view prefix;
    bool whole; // the prefix is the name
};

// What the kernel's ext4 knows; the whole names before the prefixes that they begin with.
constexpr std::array<Namespace, 7> namespaces{{{2, "system.posix_acl_access", true},
                                               {3, "system.posix_acl_default", true},
                                               {8, "system.richacl", true},
                                               {1, "user.", false},
                                               {4, "trusted.", false},
                                               {6, "security.", false},
                                               {7, "system.", false}}};

constexpr std::size_t xattr_name_limit = 255;
constexpr std::size_t end_mark = sizeof(std::uint32_t);
constexpr std::size_t inode_space = sizeof(DiskInode::xattrs) - sizeof(std::uint32_t) - end_mark;
constexpr std::size_t block_space = block_size - sizeof(ext2_ext_attr_header) - end_mark;
constexpr std::uint32_t value_limit = 65536; // the kernel's
constexpr std::uint8_t acl_access = 2;
constexpr std::uint8_t acl_default = 3;

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
    throw Error(ErrorKind::invalid_input,
                fmt::format("extended attribute {}: {}", printable(name), why));
}

[[noreturn]] void damaged_list(std::string_view what) {
    damaged(fmt::format("extended attributes: {}", what));
}

const Namespace* namespace_of(std::string_view name) {
    for (const Namespace& space : namespaces)
        if (space.whole ? name == space.prefix
                        : name.starts_with(space.prefix) && name.size() > space.prefix.size())
            return &space;
    return nullptr;
}

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

std::size_t space_for(const std::string& name, const std::string& value) {
    const Namespace* space = namespace_of(name);
    if (space == nullptr)
        refuse(name, "ext4 has no such namespace");
    const std::size_t rest = name.size() - space->prefix.size();
    if (rest > xattr_name_limit || name.find('\0') != std::string::npos)
        refuse(name, "its name is longer than 255 bytes or has a zero byte");
    return sizeof(ext2_ext_attr_entry) + padded(rest) + padded(value.size());
}

template <typename T>
T load(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

template <typename T>
void append(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// On the disk entries other than those of named users and groups have no id.
std::string acl_from_disk(std::string_view disk) {
    constexpr std::uint32_t disk_version = 1;
    constexpr std::uint32_t user_version = 2;
    constexpr std::uint16_t user_tag = 0x02;
    constexpr std::uint16_t group_tag = 0x08;
    constexpr std::uint32_t no_id = 0xffffffff;
    if (disk.size() < 4 || load<std::uint32_t>(disk, 0) != disk_version)
        damaged_list("an ACL of an unknown form");
    std::string result;
    append(result, user_version);
    for (std::size_t at = 4; at < disk.size();) {
        if (disk.size() - at < 4)
            damaged_list("an ACL is cut off");
        const auto tag = load<std::uint16_t>(disk, at);
        const bool named = tag == user_tag || tag == group_tag;
        if (named && disk.size() - at < 8)
            damaged_list("an ACL is cut off");
        result.append(disk.substr(at, 4));
        append(result, named ? load<std::uint32_t>(disk, at + 4) : no_id);
        at += named ? 8 : 4;
    }
    return result;
}

std::string full_name(std::uint8_t index, std::string_view rest) {
    if (index == 0)
        return std::string(rest);
    for (const Namespace& space : namespaces)
        if (space.index == index)
            return std::string(space.prefix) + std::string(rest);
    damaged_list(fmt::format("unknown namespace {}", index));
}

std::string value_of(const XattrRegion& region, const ext2_ext_attr_entry& entry,
                     const ReadValueInode& read_value) {
    if (entry.e_value_size > value_limit)
        damaged_list("a value is longer than 64 KiB");
    if (entry.e_value_inum != 0)
        return read_value(entry.e_value_inum, entry.e_value_size);
    const std::size_t at = region.values + entry.e_value_offs;
    if (entry.e_value_size > 0 &&
        (at > region.bytes.size() || region.bytes.size() - at < entry.e_value_size))
        damaged_list("a value lies outside");
    return std::string(region.bytes.substr(entry.e_value_size > 0 ? at : 0, entry.e_value_size));
}

} // namespace

XattrList xattrs_of(const tree::Inode& inode) {
    XattrList list;
    if (!inode.context.empty())
        list.emplace_back(selinux_xattr, inode.context + '\0');
    list.insert(list.end(), inode.xattrs.begin(), inode.xattrs.end());
    return list;
}

// Each goes into the inode when it fits there, else into the block: libext2fs does the same.
std::uint64_t xattr_blocks(const XattrList& xattrs) {
    std::size_t in_inode = 0;
    std::size_t in_block = 0;
    for (const auto& [name, value] : xattrs) {
        const std::size_t space = space_for(name, value);
        std::size_t& used = in_inode + space <= inode_space ? in_inode : in_block;
        used += space;
        if (in_block > block_space)
            refuse(name, fmt::format("too much for ext4, which keeps at most {} bytes of "
                                     "attributes in a block ({} with this one)",
                                     block_space, in_block));
    }
    return in_block > 0 ? 1 : 0;
}

void parse_xattrs(const XattrRegion& region, const ReadValueInode& read_value, XattrMap& result) {
    const std::string_view bytes = region.bytes;
    std::size_t at = region.entries;
    for (;;) {
        if (at > bytes.size() || bytes.size() - at < end_mark)
            damaged_list("the list has no end");
        if (load<std::uint32_t>(bytes, at) == 0)
            return;
        if (bytes.size() - at < sizeof(ext2_ext_attr_entry))
            damaged_list("an entry is cut off");
        const auto entry = load<ext2_ext_attr_entry>(bytes, at);
        const std::size_t name_at = at + sizeof entry;
        if (bytes.size() - name_at < entry.e_name_len)
            damaged_list("a name is cut off");
        const std::string name =
            full_name(entry.e_name_index, bytes.substr(name_at, entry.e_name_len));
        std::string value = value_of(region, entry, read_value);
        if (entry.e_name_index == acl_access || entry.e_name_index == acl_default)
            value = acl_from_disk(value);
        if (!result.emplace(name, std::move(value)).second)
            damaged_list(printable(name) + " is there twice");
        at = name_at + padded(entry.e_name_len);
    }
}

} // namespace selns::image::ext4
