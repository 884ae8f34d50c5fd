#pragma once

// The formats that there are, for formats.cpp.

#include "selns/image/format.hpp"

namespace selns::image {

extern const Format tar_format;
extern const Format ext4_format;

} // namespace selns::image
