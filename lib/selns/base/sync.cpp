#include "selns/base/sync.hpp"

#include "selns/base/error.hpp"
#include "selns/base/interrupt.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace selns {

void sync_file(int fd, const std::string& name) {
    constexpr off_t piece = 32 << 20; // bytes
    constexpr unsigned all =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    struct stat status = {};
    const off_t size = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : 0;
    // Where a file system cannot do that, fsync does all.
    for (off_t at = 0; at < size && ::sync_file_range(fd, at, piece, all) == 0; at += piece)
        interruption_point();
    // Some file systems know no fsync of directories.
    if (::fsync(fd) != 0 && errno != EINVAL)
        throw system_error("cannot write " + name, errno);
}

// sync_file() tells what fails.
void start_sync(int fd) {
    ::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

} // namespace selns
