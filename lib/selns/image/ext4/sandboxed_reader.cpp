#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/ext4/reader.hpp"
#include "selns/image/ext4/tree_wire.hpp"
#include "selns/image/image.hpp"
#include "selns/sandbox/transcript.hpp"

#include <fcntl.h>

#include <memory>

namespace selns::image {

namespace {

std::string read_image(sandbox::Inside& inside) {
    const auto image =
        std::make_shared<const Fd>(::fcntl(inside.descriptor(0), F_DUPFD_CLOEXEC, 0));
    ext4::TreeSender sender([&](std::string_view piece) { inside.emit(piece); });
    ext4::read_in_this_process(image, sender);
    sender.finish();
    return {};
}

const sandbox::Worker image_reader("ext4", sandbox::Rights::parse,
                                   {.memory = std::uint64_t{2} << 30U,
                                    .cpu = std::chrono::minutes(2),
                                    .time = std::chrono::minutes(10)},
                                   read_image);

} // namespace

tree::Tree read_ext4(const std::filesystem::path& file, sandbox::Transcript* transcript) {
    Fd image = open_read(file, Input::disk);
    try {
        sandbox::Task task{.request = {}, .descriptors = {image.get()}};
        sandbox::Pieces pieces(image_reader, std::move(task), transcript);
        ext4::TreeReceiver tree(std::move(image));
        while (const auto piece = pieces.next())
            tree.take(*piece);
        return tree.finish();
    } catch (Error& error) {
        error.context(file.string());
        throw;
    }
}

} // namespace selns::image
