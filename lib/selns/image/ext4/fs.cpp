#include "selns/image/ext4/fs.hpp"

#include "selns/base/error.hpp"

#include <fmt/format.h>

#include <mutex>

namespace selns::image::ext4 {

std::string reason(errcode_t code) {
    static std::once_flag once;
    std::call_once(once, [] { initialize_ext2_error_table(); });
    return error_message(code);
}

void damaged(std::string_view what) {
    throw Error(ErrorKind::invalid_input, fmt::format("damaged: {}", what));
}

void check_sound(errcode_t code) {
    if (code != 0)
        damaged(reason(code));
}

errcode_t open(const Fd& fd, int flags, Filesystem& result) {
    // By descriptor: in a path libext2fs would take what follows a "?" as options.
    const std::string name = "/proc/self/fd/" + std::to_string(fd.get());
    ext2_filsys fs = nullptr;
    const errcode_t code =
        ext2fs_open2(name.c_str(), nullptr, flags | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs);
    if (code == 0)
        result.reset(fs);
    return code;
}

errcode_t close(Filesystem& fs) {
    errcode_t code = ext2fs_flush2(fs.get(), EXT2_FLAG_FLUSH_NO_SYNC);
    // Freeing would write the cache too, and not say when that fails.
    if (code == 0)
        code = io_channel_set_options(fs->io, "cache=off");
    fs.reset();
    return code;
}

} // namespace selns::image::ext4
