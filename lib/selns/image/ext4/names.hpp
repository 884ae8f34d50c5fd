#pragma once

#include "selns/image/ext4/fs.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace selns::image::ext4 {

// A name as it is read from a directory.
struct Entry {
    std::string name;
    std::uint32_t number = 0; // of its inode; not checked
};

// Adds the names of BYTES, a block of a directory or a piece of inline data, to ENTRIES, without
// "." and "..". Throws an Error (invalid_input) on what the kernel could not have written.
void parse_entries(ext2_filsys fs, std::string_view bytes, std::vector<Entry>& entries);

// Sorts by name; a name that is there twice is an Error (invalid_input).
void sort_entries(std::vector<Entry>& entries);

} // namespace selns::image::ext4
