#pragma once

#include "selns/base/file.hpp"

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#undef clamp // a macro of newer releases, which breaks <algorithm>

#include <memory>
#include <string>
#include <string_view>

namespace selns::image::ext4 {

// Frees without flushing; what was written is made whole by close().
struct FreeFilesystem {
    void operator()(ext2_filsys fs) const { ext2fs_free(fs); }
};
using Filesystem = std::unique_ptr<struct_ext2_filsys, FreeFilesystem>;

// What libext2fs says about CODE.
std::string reason(errcode_t code);

// Throws the Error (invalid_input) about an image that is not sound.
[[noreturn]] void damaged(std::string_view what);
// The same about CODE, unless it is 0.
void check_sound(errcode_t code);

// Opens the file system in the file behind FD (libext2fs opens it a second time). FLAGS are
// EXT2_FLAG_*. The result is libext2fs's code, so that callers can name it in their own words.
errcode_t open(const Fd& fd, int flags, Filesystem& result);

// The same, only for reading, without opening anything: for a process that may not.
errcode_t open_for_reading(const Fd& fd, Filesystem& result);

// Writes what is still in memory and closes. Does not wait for the disk: who renames the finished
// file does.
errcode_t close(Filesystem& fs);

} // namespace selns::image::ext4
