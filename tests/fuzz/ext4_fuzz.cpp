// Feeds bytes to read_ext4() as an image, and reads what the tree then holds.
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/image.hpp"

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
    const selns::Fd fd(::memfd_create("image", MFD_CLOEXEC));
    if (!fd)
        return 0;
    try {
        selns::write_all(fd.get(), {reinterpret_cast<const char*>(data), size});
        read_contents(selns::image::read_ext4("/proc/self/fd/" + std::to_string(fd.get())));
    } catch (const selns::Error&) {
        // The one way in which a bad image may be refused.
    }
    return 0;
}
