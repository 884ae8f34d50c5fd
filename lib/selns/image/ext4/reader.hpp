#pragma once

#include "selns/base/file.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace selns::image::ext4 {

// What an image may have; whoever takes its files out of the sandbox has the same limits.
inline constexpr std::size_t path_limit = 4096; // bytes, as Linux has it
inline constexpr std::uint64_t most_names = 2'000'000;
inline constexpr std::uint64_t attribute_cost = 128; // bytes, besides name and value
inline constexpr std::uint64_t content_limit = std::uint64_t{1} << 40U; // bytes, of all files

// Takes an image's files as they are found, directories before what is in them.
class InodeSink {
  public:
    virtual ~InodeSink() = default;
    // An inode at the first of its names, in DIRECTORY; the root comes first, without either.
    // Returns how it is called from here on.
    virtual tree::InodeId put(tree::InodeId directory, std::string_view name,
                              tree::Inode inode) = 0;
    // Another name of one that is no directory.
    virtual void link(tree::InodeId directory, std::string_view name, tree::InodeId existing) = 0;
};

// read_ext4() by libext2fs in this process: inside of a sandbox, and nowhere else. Contents are
// ExtentSources.
void read_in_this_process(const std::shared_ptr<const Fd>& image, InodeSink& sink);
tree::Tree read_in_this_process(const std::shared_ptr<const Fd>& image);

} // namespace selns::image::ext4
