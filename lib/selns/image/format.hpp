#pragma once

// The table of image formats: all that the rest of the program knows of one.

#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace selns::process {
class Runner;
}
namespace selns::sandbox {
class Transcript;
}

namespace selns::image {

// Called with the bytes done and their total; may throw to stop.
using Advance = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct WriteOptions {
    std::optional<std::uint64_t>
        size;          // bytes, where a format has one; by default content and a margin
    std::string label; // the volume's name, at most 16 bytes
    // Every time that is not an inode's own. A file system's own times are at least 1: libext2fs
    // takes 0 for "now".
    std::int64_t epoch = 0;
    std::string identity; // UUIDs and hash seeds are derived from it
    bool hashed = false;  // the SHA-256 of what is written is wanted, too
};

// What is not in this program and decides about an image's bits. None: an empty name.
struct Tool {
    std::string_view name;
    std::string_view package;
    std::string_view version_option;
};

// A new one is a file that has it, and a line in formats.cpp. Each keeps labels.
struct Format {
    std::string_view name;  // in recipes and launch files; files end in it: NAME.tar
    std::string_view words; // "an archive"
    bool sized;             // takes a size; recipes then say `NAME: { size: 2G }`
    bool lost_and_found;    // a tree should have /lost+found, so that it is labelled like the rest
    // A kernel has it as its root file system, when it can what kernel::ability() has under this
    // name; empty: it cannot be booted, but only unpacked.
    std::string_view kernel_ability;
    Tool tool;
    // Whether HEAD, the first bytes of FILE, are those of such a file.
    bool (*matches)(std::string_view head);
    // FILE's contents are part of the Tree and must not change while they are used. What is damaged
    // is an invalid_input Error. TRANSCRIPT, when given, gets what the sandbox that reads it says,
    // or says it again.
    tree::Tree (*read)(const std::filesystem::path& file, sandbox::Transcript* transcript);
    // Writes the complete FILE or throws and leaves a partial one (callers write to a temporary
    // name). Returns its SHA-256 when OPTIONS want that, else nothing.
    std::string (*write)(const tree::Tree& tree, const std::filesystem::path& file,
                         const WriteOptions& options, process::Runner& runner,
                         const Advance& advance);

    bool boots() const { return !kernel_ability.empty(); }
};

// In the order in which recipes that name none get them.
std::span<const Format* const> formats();
// Null for a name of none.
const Format* find_format(std::string_view name);
// NAME is one's.
const Format& format(std::string_view name);
// The first that a kernel boots.
const Format& bootable_format();

// Which one FILE is, told by its content; compressed archives are tar. Null when it is none.
const Format* detect(const std::filesystem::path& file);
// The Tree of a file of any format.
tree::Tree read(const std::filesystem::path& file, sandbox::Transcript* transcript = nullptr);

} // namespace selns::image
