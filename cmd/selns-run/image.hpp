#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// What a container's root is made of: a directory, a file with a file system, or a block device.
struct Source {
    Handle file;
    std::string path;
    enum class Kind { directory, image, block_device } kind = Kind::directory;
    bool read_only = false;
};

// Opens PATH and locks it, so that no two containers write to one file system.
Source open_source(Kernel& kernel, const std::string& path, bool read_only);

// The source as a detached mount: without devices, and never nosuid, which would stop SELinux's
// transition to the init domain. An image's loop device goes with its last mount.
Handle mount_source(Kernel& kernel, const Source& source);

} // namespace selns::run
