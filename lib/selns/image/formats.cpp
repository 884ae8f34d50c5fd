#include "selns/archive/reader.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/image/known_formats.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <vector>

namespace selns::image {

namespace {

constexpr std::size_t head_size = 4096;

// In the order in which recipes that name none get them.
constexpr std::array<const Format*, 2> known = {&tar_format, &ext4_format};

// Compressed ones, and tars from before ustar.
bool is_archive(const std::filesystem::path& file) {
    try {
        archive::Entry entry;
        return archive::Reader(open_read(file, Input::disk), file.string()).next(entry);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_input)
            throw;
        return false;
    }
}

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

} // namespace

std::span<const Format* const> formats() {
    return known;
}

const Format* find_format(std::string_view name) {
    const auto* found = std::ranges::find(known, name, &Format::name);
    return found == known.end() ? nullptr : *found;
}

const Format& format(std::string_view name) {
    const Format* found = find_format(name);
    if (found == nullptr)
        throw std::logic_error("no image format " + std::string(name));
    return *found;
}

const Format& bootable_format() {
    return **std::ranges::find_if(known, &Format::boots);
}

const Format* detect(const std::filesystem::path& file) {
    const Fd fd = open_read(file, Input::disk);
    const std::string head = read_head(fd, file);
    const auto* found =
        std::ranges::find_if(known, [&](const Format* format) { return format->matches(head); });
    if (found != known.end())
        return *found;
    return is_archive(file) ? &tar_format : nullptr;
}

tree::Tree read(const std::filesystem::path& file, sandbox::Transcript* transcript) {
    const Format* found = detect(file);
    if (found == nullptr) {
        std::vector<std::string> words;
        for (const Format* format : known)
            words.emplace_back(format->words);
        throw Error(ErrorKind::invalid_input, file.string() + ": neither " + join(words, " nor "));
    }
    return found->read(file, transcript);
}

} // namespace selns::image
