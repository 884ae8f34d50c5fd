#pragma once

#include "selns/base/error.hpp"

#include <string>

namespace selns::label {

// Why a file system or the kernel refused what was asked about the label of the file at PATH, in
// words that say what to do about it. ERRNUM is errno of lgetxattr(2) or lsetxattr(2).

Error label_not_read(const std::string& path, int errnum);

// CONTEXT is what PATH should have got.
Error label_not_written(const std::string& path, const std::string& context, int errnum);

} // namespace selns::label
