#include "selns/archive/decompress.hpp"

#include "selns/archive/compressions.hpp"
#include "selns/archive/read_handle.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <utility>

namespace selns::archive {

namespace {

// What is thrown waits here while libarchive's C functions return.
struct Input {
    const Source& source;
    std::exception_ptr thrown;
};

la_ssize_t on_read(struct archive* handle, void* pointer, const void** data) {
    auto& input = *static_cast<Input*>(pointer);
    try {
        const std::string_view bytes = input.source();
        *data = bytes.data();
        return static_cast<la_ssize_t>(bytes.size());
    } catch (...) {
        input.thrown = std::current_exception();
        archive_set_error(handle, EIO, "cannot read");
        return ARCHIVE_FATAL;
    }
}

// One entry, whatever the bytes are.
ReadHandle make_handle(Input& input) {
    ReadHandle handle(archive_read_new());
    if (!handle)
        throw std::bad_alloc();
    support_compressions(handle.get());
    archive_read_support_format_raw(handle.get());
    archive_read_support_format_empty(handle.get());
    archive_read_set_callback_data(handle.get(), &input);
    archive_read_set_read_callback(handle.get(), on_read);
    return handle;
}

// The status that ended it.
int read_entry(struct archive* handle, const Sink& sink) {
    if (const int opened = archive_read_open1(handle); opened != ARCHIVE_OK)
        return opened;
    struct archive_entry* entry = nullptr;
    int status = archive_read_next_header(handle, &entry);
    while (status == ARCHIVE_OK) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        status = archive_read_data_block(handle, &data, &size, &offset);
        if (status == ARCHIVE_OK)
            sink({static_cast<const char*>(data), size});
    }
    return status;
}

} // namespace

bool may_be_compressed(std::string_view bytes) {
    // A frame of zstd that is to be skipped has any byte before its signature.
    constexpr std::string_view skipped_frame = "\x2a\x4d\x18";
    return bytes.starts_with("\x1f\x8b") || bytes.starts_with("\xfd\x37zXZ") ||
           bytes.starts_with("BZ") || bytes.starts_with("\x28\xb5\x2f\xfd") ||
           bytes.substr(std::min<std::size_t>(1, bytes.size())).starts_with(skipped_frame);
}

std::string decompress(const Source& source, const Sink& sink) {
    Input input{source, {}};
    const ReadHandle handle = make_handle(input);
    const int status = read_entry(handle.get(), sink);
    if (input.thrown)
        std::rethrow_exception(input.thrown);
    if (status == ARCHIVE_EOF)
        return {};
    const char* reason = archive_error_string(handle.get());
    return reason == nullptr ? "damaged data" : reason;
}

std::string decompress(std::string_view bytes, std::uint64_t limit) {
    std::string text;
    const std::string failure =
        decompress([&] { return std::exchange(bytes, {}); },
                   [&](std::string_view piece) {
                       text.append(piece);
                       if (text.size() > limit)
                           throw Error(ErrorKind::invalid_input,
                                       "more than " + human_size(limit) + " when decompressed");
                   });
    if (!failure.empty())
        throw Error(ErrorKind::invalid_input, "damaged compressed data: " + printable(failure));
    return text;
}

void decompress_prefix(std::string_view bytes, std::uint64_t limit,
                       const std::function<bool(std::string_view)>& piece) {
    struct Enough {};
    std::uint64_t done = 0;
    try {
        decompress([&] { return std::exchange(bytes, {}); },
                   [&](std::string_view data) {
                       done += data.size();
                       if (!piece(data) || done >= limit)
                           throw Enough{};
                   });
    } catch (const Enough&) {
        return; // as asked
    }
}

} // namespace selns::archive
