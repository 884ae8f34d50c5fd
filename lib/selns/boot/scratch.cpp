#include "selns/boot/scratch.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace selns::boot {

namespace {

// [BEGIN, END) of both files, at the same place.
void copy_range(int from, int to, off_t begin, off_t end) {
    off_t in = begin;
    off_t out = begin;
    while (in < end) {
        const ssize_t done =
            ::copy_file_range(from, &in, to, &out, static_cast<std::size_t>(end - in), 0);
        if (done <= 0)
            throw system_error("cannot copy the image", done == 0 ? EIO : errno);
    }
}

} // namespace

void copy_disk(const std::filesystem::path& file, const std::filesystem::path& target) {
    const Fd from = open_read(file);
    const Fd to(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    struct stat status = {};
    if (!to || ::fstat(from.get(), &status) != 0)
        throw system_error("cannot copy the image to " + target.string(), errno);
    if (::ioctl(to.get(), FICLONE, from.get()) == 0)
        return;
    if (::ftruncate(to.get(), status.st_size) != 0)
        throw system_error("cannot copy the image to " + target.string(), errno);
    for (off_t end = 0; end < status.st_size;) {
        const off_t begin = ::lseek(from.get(), end, SEEK_DATA);
        if (begin < 0 && errno == ENXIO)
            return; // only a hole is left
        end = begin < 0 ? -1 : ::lseek(from.get(), begin, SEEK_HOLE);
        if (end < 0)
            throw system_error("cannot read " + file.string(), errno);
        copy_range(from.get(), to.get(), begin, end);
    }
}

} // namespace selns::boot
