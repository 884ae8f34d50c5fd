#pragma once

#include <string>

namespace selns {

// Waits until the file FD, called NAME in errors, is on the disk: piece by piece, since fsync(2) of
// a large file cannot be interrupted, which interruption_point() does in between.
void sync_file(int fd, const std::string& name);

// Has the disk begin with what was written to FD so far, and waits for nothing.
void start_sync(int fd);

} // namespace selns
