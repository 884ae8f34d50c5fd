#pragma once

#include <archive.h>

#include <memory>

// Inside of this library.
namespace selns::archive {

struct FreeRead {
    void operator()(struct ::archive* handle) const { archive_read_free(handle); }
};
using ReadHandle = std::unique_ptr<struct ::archive, FreeRead>; // of archive_read_new()

} // namespace selns::archive
