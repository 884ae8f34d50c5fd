#pragma once

#include "selns/base/file.hpp"
#include "selns/tree/tree.hpp"

#include <memory>

namespace selns::image::ext4 {

inline constexpr std::size_t path_limit = 4096; // bytes, as Linux has it

// read_ext4() by libext2fs in this process: inside of a sandbox, and nowhere else. Contents are
// ExtentSources.
tree::Tree read_in_this_process(const std::shared_ptr<const Fd>& image);

} // namespace selns::image::ext4
