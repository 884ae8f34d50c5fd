#include "selns/image/ext4/fs.hpp"

#include "selns/base/error.hpp"

#include <fcntl.h>
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

namespace {

errcode_t open_by(io_manager manager, const std::string& name, int flags, Filesystem& result) {
    ext2_filsys fs = nullptr;
    const errcode_t code =
        ext2fs_open2(name.c_str(), nullptr, flags | EXT2_FLAG_64BITS, 0, 0, manager, &fs);
    if (code == 0)
        result.reset(fs);
    return code;
}

} // namespace

errcode_t open(const Fd& fd, int flags, Filesystem& result) {
    // By descriptor: in a path libext2fs would take what follows a "?" as options.
    return open_by(unix_io_manager, "/proc/self/fd/" + std::to_string(fd.get()), flags, result);
}

errcode_t open_for_reading(const Fd& fd, Filesystem& result) {
    Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); // libext2fs closes it
    const errcode_t code = open_by(unixfd_io_manager, std::to_string(copy.get()), 0, result);
    if (code == 0)
        copy.release();
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
