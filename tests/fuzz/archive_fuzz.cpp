// Any bytes as an archive: each read ends in a Tree whose content can be read, or in an Error.
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

// A sparse file of a few bytes may claim to be huge.
constexpr std::uint64_t most_read = 1U << 20U;

void read_all(const selns::tree::Tree& tree) {
    tree.walk([&](const std::string& path, selns::tree::InodeId id, bool) {
        const auto& content = tree.inode(id).content;
        if (content.size() <= most_read)
            content.for_each_piece([](std::string_view) {});
        (void)tree.find(path);
        (void)tree.real_path(path);
    });
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        selns::Fd file(::memfd_create("archive", MFD_CLOEXEC));
        selns::write_all(file.get(), std::string(data, data + size));
        auto reader = selns::archive::Reader::in_this_process(std::move(file), "archive");
        read_all(selns::tree::read_archive(reader, "archive"));
    } catch (const selns::Error&) {
        return 0;
    }
    return 0;
}
