#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns {

enum class FileType : std::uint8_t { regular, directory, symlink, character, block, fifo, socket };

// The bits of TYPE in st_mode, and the type of such bits; nothing for bits of none.
std::uint32_t type_bits(FileType type);
std::optional<FileType> file_type(std::uint32_t mode);

// "a file", "a character device"
std::string_view name_of(FileType type);

// How file contexts mark that they are about one type only: "--", "-d". Of its bits in st_mode;
// empty for bits of none.
std::string_view type_mark(std::uint32_t mode);
// The bits of the type that MARK stands for; nothing when it is no mark.
std::optional<std::uint32_t> marked_type(std::string_view mark);
std::vector<std::string> type_marks();

} // namespace selns
