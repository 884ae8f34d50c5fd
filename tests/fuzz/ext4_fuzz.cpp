// Feeds bytes to the ext4 reader as an image, and reads what the tree then holds.
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/ext4/reader.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

constexpr std::size_t image_limit = 4U << 20U;
constexpr std::uint64_t content_limit = 1U << 20U;

void read_contents(const selns::tree::Tree& tree) {
    std::uint64_t total = 0;
    tree.walk([&](const std::string&, selns::tree::InodeId id, bool first) {
        const selns::tree::Content& content = tree.inode(id).content;
        total += first && content.size() <= content_limit ? content.size() : 0;
        if (first && content.size() <= content_limit && total <= 16 * content_limit)
            content.str();
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > image_limit)
        return 0;
    const auto image = std::make_shared<const selns::Fd>(::memfd_create("image", MFD_CLOEXEC));
    try {
        selns::write_all(image->get(), {reinterpret_cast<const char*>(data), size});
        read_contents(selns::image::ext4::read_in_this_process(image));
    } catch (const selns::Error&) {
        // The one way in which a bad image may be refused.
    }
    return 0;
}
