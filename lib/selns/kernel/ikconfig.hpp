#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace selns::kernel {

// What a file is, by its content.
enum class KernelFile {
    config, // a configuration, maybe compressed
    image,  // bzImage, vmlinux or another image
};
KernelFile kind_of(std::string_view bytes);

// The configuration that a kernel image carries (CONFIG_IKCONFIG): a bzImage, whose payload is
// compressed with anything that libarchive undoes by itself; a vmlinux; or an image that is
// compressed as a whole. Nothing when it carries none, or when it is no image at all.
std::optional<std::string> embedded_config(std::string_view image);

// What a bzImage calls itself: "6.1.0-41-cloud-amd64"; nothing when it does not say.
std::optional<std::string> embedded_release(std::string_view image);

} // namespace selns::kernel
