#pragma once

#include "selns/image/ext4/directory.hpp"
#include "selns/image/ext4/geometry.hpp"
#include "selns/image/image.hpp"
#include "selns/process/process.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace selns::image::ext4 {

// 16 bytes in the form of a random UUID, derived from PURPOSE and IDENTITY.
std::array<std::uint8_t, 16> derived_uuid(std::string_view purpose, std::string_view identity);
// The seed of directory hashes for IDENTITY.
HashSeed hash_seed(std::string_view identity);

// The time that libext2fs is given as now.
std::int64_t file_system_time(const WriteOptions& options);

// Makes an empty file system in FILE, which exists and has its size. Nothing depends on this
// machine's mke2fs.conf, clock or environment.
void run_mke2fs(const std::filesystem::path& file, const Geometry& geometry,
                const WriteOptions& options, process::Runner& runner);

} // namespace selns::image::ext4
