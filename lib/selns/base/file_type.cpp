#include "selns/base/file_type.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace selns {

namespace {

struct Row {
    FileType type;
    std::uint32_t bits;
    std::string_view name;
    std::string_view mark;
};

// In the order of their declaration.
constexpr std::array<Row, 7> rows{{{FileType::regular, S_IFREG, "a file", "--"},
                                   {FileType::directory, S_IFDIR, "a directory", "-d"},
                                   {FileType::symlink, S_IFLNK, "a symlink", "-l"},
                                   {FileType::character, S_IFCHR, "a character device", "-c"},
                                   {FileType::block, S_IFBLK, "a block device", "-b"},
                                   {FileType::fifo, S_IFIFO, "a fifo", "-p"},
                                   {FileType::socket, S_IFSOCK, "a socket", "-s"}}};

const Row& row_of(FileType type) {
    return rows.at(static_cast<std::size_t>(type));
}

const Row* row_of(std::uint32_t mode) {
    const auto* const found = std::ranges::find(rows, mode & S_IFMT, &Row::bits);
    return found == rows.end() ? nullptr : found;
}

} // namespace

std::uint32_t type_bits(FileType type) {
    return row_of(type).bits;
}

std::optional<FileType> file_type(std::uint32_t mode) {
    const Row* const row = row_of(mode);
    return row == nullptr ? std::nullopt : std::optional(row->type);
}

std::string_view name_of(FileType type) {
    return row_of(type).name;
}

std::string_view type_mark(std::uint32_t mode) {
    const Row* const row = row_of(mode);
    return row == nullptr ? std::string_view() : row->mark;
}

std::optional<std::uint32_t> marked_type(std::string_view mark) {
    const auto* const found = std::ranges::find(rows, mark, &Row::mark);
    return found == rows.end() ? std::nullopt : std::optional(found->bits);
}

std::vector<std::string> type_marks() {
    std::vector<std::string> marks;
    for (const Row& row : rows)
        marks.emplace_back(row.mark);
    return marks;
}

} // namespace selns
