#include "selns/image/ext4/names.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <cstring>

namespace selns::image::ext4 {

namespace {

void add_entry(std::string_view name, std::uint32_t number, std::vector<Entry>& entries) {
    if (name == "." || name == "..")
        return;
    if (name.empty() || name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos)
        damaged("the name \"" + printable(name) + "\" is impossible");
    entries.push_back({std::string(name), number});
}

} // namespace

// Blocks of a hash tree and checksums look like unused entries.
void parse_entries(ext2_filsys fs, std::string_view bytes, std::vector<Entry>& entries) {
    constexpr std::size_t header = EXT2_DIR_ENTRY_HEADER_LEN;
    for (std::size_t at = 0; at < bytes.size();) {
        ext2_dir_entry entry{};
        if (bytes.size() - at < header)
            damaged("a directory's entry is cut off");
        std::memcpy(&entry, bytes.data() + at, header);
        unsigned int length = 0;
        check_sound(ext2fs_get_rec_len(fs, &entry, &length));
        const auto name_length = static_cast<std::size_t>(ext2fs_dirent_name_len(&entry));
        if (length < header + name_length || length % 4 != 0 || length > bytes.size() - at)
            damaged("a directory's entry of impossible size");
        if (entry.inode != 0)
            add_entry(bytes.substr(at + header, name_length), entry.inode, entries);
        at += length;
    }
}

void sort_entries(std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(entries.begin(), entries.end(),
                           [](const Entry& a, const Entry& b) { return a.name == b.name; });
    if (twice != entries.end())
        damaged("the name " + printable(twice->name) + " is there twice");
}

} // namespace selns::image::ext4
