#include "selns/archive/decompress.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <new>

namespace selns::archive {

namespace {

struct Free {
    void operator()(struct archive* handle) const { archive_read_free(handle); }
};

Error damaged(struct archive* handle) {
    const char* reason = archive_error_string(handle);
    return Error(ErrorKind::invalid_input,
                 "damaged compressed data: " + printable(reason != nullptr ? reason : "unknown"));
}

} // namespace

std::string decompress(std::string_view bytes, std::uint64_t limit) {
    const std::unique_ptr<struct archive, Free> handle(archive_read_new());
    if (!handle)
        throw std::bad_alloc();
    archive_read_support_filter_all(handle.get());
    archive_read_support_format_raw(handle.get());
    archive_read_support_format_empty(handle.get());
    struct archive_entry* entry = nullptr;
    const int opened = archive_read_open_memory(handle.get(), bytes.data(), bytes.size());
    const int found =
        opened == ARCHIVE_OK ? archive_read_next_header(handle.get(), &entry) : opened;
    if (found == ARCHIVE_EOF)
        return {};
    if (found != ARCHIVE_OK)
        throw damaged(handle.get());
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const la_ssize_t got = archive_read_data(handle.get(), buffer.data(), buffer.size());
        if (got < 0)
            throw damaged(handle.get());
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > limit)
            throw Error(ErrorKind::invalid_input,
                        "more than " + human_size(limit) + " when decompressed");
    }
}

} // namespace selns::archive
