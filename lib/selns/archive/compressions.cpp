#include "selns/archive/compressions.hpp"

#include "selns/archive/read_handle.hpp"

#include <array>

namespace selns::archive {

namespace {

using Enable = int (*)(struct archive*);

bool built_in(Enable enable) {
    const ReadHandle probe(archive_read_new());
    return probe && enable(probe.get()) == ARCHIVE_OK;
}

constexpr std::array<Enable, 8> compressions = {
    archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
    archive_read_support_filter_xz,   archive_read_support_filter_lzma,
    archive_read_support_filter_lzip, archive_read_support_filter_zstd,
    archive_read_support_filter_lz4,  archive_read_support_filter_compress,
};

} // namespace

void support_compressions(struct archive* handle) {
    for (const Enable enable : compressions)
        if (built_in(enable))
            enable(handle);
}

} // namespace selns::archive
