#include "selns/base/file_type.hpp"

#include <sys/stat.h>

#include <array>
#include <cstddef>

namespace selns {

namespace {

struct Row {
    FileType type;
    std::uint32_t bits;
    std::string_view name;
};

// In the order of their declaration.
constexpr std::array<Row, 7> rows{{{FileType::regular, S_IFREG, "a file"},
                                   {FileType::directory, S_IFDIR, "a directory"},
                                   {FileType::symlink, S_IFLNK, "a symlink"},
                                   {FileType::character, S_IFCHR, "a character device"},
                                   {FileType::block, S_IFBLK, "a block device"},
                                   {FileType::fifo, S_IFIFO, "a fifo"},
                                   {FileType::socket, S_IFSOCK, "a socket"}}};

const Row& row_of(FileType type) {
    return rows.at(static_cast<std::size_t>(type));
}

} // namespace

std::uint32_t type_bits(FileType type) {
    return row_of(type).bits;
}

std::optional<FileType> file_type(std::uint32_t mode) {
    for (const Row& row : rows)
        if (row.bits == (mode & S_IFMT))
            return row.type;
    return std::nullopt;
}

std::string_view name_of(FileType type) {
    return row_of(type).name;
}

} // namespace selns
