#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace selns::boot {

// A kernel module, uncompressed, ready for finit_module(2).
struct KernelModule {
    std::string name; // "virtio_blk.ko"
    std::string content;
};

// The modules that NAMES ("virtio_blk") come to in DIRECTORY (lib/modules/VERSION), each after
// those that it needs, by modules.dep. What modules.builtin has needs none, and neither does a
// kernel without DIRECTORY (empty). One that is nowhere is an invalid_input Error: the kernel
// cannot do it.
std::vector<KernelModule> needed_modules(const std::filesystem::path& directory,
                                         const std::vector<std::string>& names);

// Those that a virtual machine needs to mount its disk; the rest is the image's affair.
std::vector<std::string> root_modules(const std::string& file_system);

} // namespace selns::boot
