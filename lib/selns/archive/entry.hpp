#pragma once

#include "selns/base/file_type.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace selns::archive {

// One entry of an archive, as it is stored: nothing in it has been checked. Names are bytes, in
// whatever charset the archive's maker had.
struct Entry {
    std::string path;
    std::optional<FileType> type = FileType::regular; // nothing: none that is known
    std::uint16_t mode = 0; // permission bits, setuid, setgid, sticky (07777)
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t mtime = 0;              // seconds since the epoch
    std::uint32_t mtime_nanoseconds = 0; // below 1,000,000,000
    std::int64_t size = 0;               // bytes of content, holes included
    std::string symlink;
    // What this is another name of. Content may follow nonetheless (pax, cpio).
    std::optional<std::string> hard_link;
    std::uint64_t major = 0, minor = 0;        // devices
    std::map<std::string, std::string> xattrs; // the values of security.* with their NULs
    bool sparse = false;
    // Where the content lies, byte by byte, in the file: only in an uncompressed tar that is a
    // regular file, only when there is content without holes. Whether the file is long enough is
    // not checked.
    std::optional<std::uint64_t> data_offset;
};

} // namespace selns::archive
