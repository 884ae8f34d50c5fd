#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// The files of kernel/, put into the library by the build.
namespace selns::kernel {

struct ShippedFile {
    std::string_view name; // "kernel/fragments/qemu.config"
    std::string_view text;
};
extern const std::span<const ShippedFile> shipped_files;

// Null when there is none.
const ShippedFile* find_shipped(std::string_view name);

// The names of the shipped fragments: "qemu".
std::vector<std::string_view> shipped_fragments();

} // namespace selns::kernel
