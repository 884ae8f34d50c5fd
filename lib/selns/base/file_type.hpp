#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns {

enum class FileType : std::uint8_t { regular, directory, symlink, character, block, fifo, socket };

// The bits of TYPE in st_mode, and the type of such bits; nothing for bits of none.
std::uint32_t type_bits(FileType type);
std::optional<FileType> file_type(std::uint32_t mode);

// "a file", "a character device"
std::string_view name_of(FileType type);

} // namespace selns
