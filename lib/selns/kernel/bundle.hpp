#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

// Kernels: recipes that say how one is made, bundles that hold one, and what one can do.
namespace selns::kernel {

// A built kernel, as files in a directory of its own:
//
//     vmlinuz           what a boot loader or QEMU starts
//     config            the configuration that it was built with
//     manifest.json     where it comes from, and the hashes of all of it
//     lib/modules/VERSION/   when it has modules: they, modules.dep, modules.builtin, ...
struct Bundle {
    std::filesystem::path directory; // absolute
    std::string name;                // of the kernel recipe
    std::string version;             // as uname -r says: "6.1.0-41-cloud-amd64"
    std::string source;              // one line: "linux-image-6.1.0-41-cloud-amd64 6.1.158-1"
    std::filesystem::path vmlinuz;
    std::filesystem::path config;
    std::optional<std::filesystem::path> modules; // lib/modules/VERSION; nothing: all built in
};

// The bundle in DIRECTORY. What is missing or damaged is an invalid_input Error that names it;
// the kernel's and the modules' content is not looked at.
Bundle open_bundle(const std::filesystem::path& directory);

// Whether DIRECTORY looks like one: a directory with vmlinuz and manifest.json.
bool is_bundle(const std::filesystem::path& directory);

namespace bundle_files {
inline constexpr const char* vmlinuz = "vmlinuz";
inline constexpr const char* config = "config";
inline constexpr const char* manifest = "manifest.json";
inline constexpr std::uint64_t manifest_limit = 16U << 20U;
inline constexpr const char* modules = "lib/modules";
} // namespace bundle_files

} // namespace selns::kernel
