#include "selns/archive/reader.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/ext4/superblock.hpp"
#include "selns/image/image.hpp"
#include "selns/tree/archive.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace selns::image {

namespace {

constexpr std::size_t head_size = 4096;

bool has_tar_magic(std::string_view head, const std::filesystem::path& /*file*/) {
    constexpr std::size_t magic_at = 257;
    return head.size() > magic_at && head.substr(magic_at).starts_with("ustar");
}

bool has_ext4_magic(std::string_view head, const std::filesystem::path& /*file*/) {
    return ext4::looks_like_ext4(head);
}

// Compressed ones, and tars from before ustar.
bool is_archive(std::string_view /*head*/, const std::filesystem::path& file) {
    try {
        archive::Entry entry;
        return archive::Reader(open_read(file, Input::disk), file.string()).next(entry);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_input)
            throw;
        return false;
    }
}

tree::Tree read_tar(const std::filesystem::path& file) {
    return tree::read_archive(file);
}

// What can be read: the first row that matches. A new format is a row here.
struct Known {
    Format format;
    bool (*matches)(std::string_view head, const std::filesystem::path& file);
    tree::Tree (*read)(const std::filesystem::path& file);
};
constexpr std::array<Known, 3> known_formats{{{Format::tar, has_tar_magic, read_tar},
                                              {Format::ext4, has_ext4_magic, read_ext4},
                                              {Format::tar, is_archive, read_tar}}};

std::string read_head(const Fd& fd, const std::filesystem::path& file) {
    std::string head(head_size, '\0');
    std::size_t used = 0;
    while (used < head.size()) {
        const ssize_t got = ::read(fd.get(), head.data() + used, head.size() - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw system_error("cannot read " + file.string(), errno);
        if (got == 0)
            break;
        used += static_cast<std::size_t>(got);
    }
    head.resize(used);
    return head;
}

const Known* find_format(const std::filesystem::path& file) {
    const Fd fd = open_read(file, Input::disk);
    const std::string head = read_head(fd, file);
    const auto* found = std::find_if(known_formats.begin(), known_formats.end(),
                                     [&](const Known& known) { return known.matches(head, file); });
    return found == known_formats.end() ? nullptr : found;
}

} // namespace

std::optional<Format> detect(const std::filesystem::path& file) {
    const Known* known = find_format(file);
    return known == nullptr ? std::nullopt : std::optional(known->format);
}

tree::Tree read(const std::filesystem::path& file) {
    const Known* known = find_format(file);
    if (known == nullptr)
        throw Error(ErrorKind::invalid_input,
                    file.string() + ": neither an archive nor an ext4 file system");
    return known->read(file);
}

} // namespace selns::image
