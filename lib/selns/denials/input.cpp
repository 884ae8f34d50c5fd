#include "selns/denials/input.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

namespace selns::denials {

namespace {

struct Free {
    void operator()(struct archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<struct archive, Free>;
using Enable = int (*)(struct archive*);

constexpr std::array<Enable, 4> compressions = {
    archive_read_support_filter_gzip, archive_read_support_filter_xz,
    archive_read_support_filter_zstd, archive_read_support_filter_bzip2};

// A failure to read is told apart from damaged content by what is remembered here.
struct Source {
    Fd fd;
    std::array<char, 65536> buffer;
    int errnum = 0;
};

la_ssize_t on_read(struct archive* handle, void* pointer, const void** data) {
    auto& source = *static_cast<Source*>(pointer);
    ssize_t got = 0;
    do
        got = ::read(source.fd.get(), source.buffer.data(), source.buffer.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        source.errnum = errno;
        archive_set_error(handle, source.errnum, "cannot read");
    }
    *data = source.buffer.data();
    return got;
}

// One entry, whatever the bytes are; without its library a compression would be undone by a
// program, and stays as it is instead.
Handle make_handle(Source& source) {
    Handle handle(archive_read_new());
    if (!handle)
        throw system_error("cannot make a decompressor", ENOMEM);
    for (const Enable enable : compressions) {
        const Handle probe(archive_read_new());
        if (probe && enable(probe.get()) == ARCHIVE_OK)
            enable(handle.get());
    }
    archive_read_support_format_raw(handle.get());
    archive_read_support_format_empty(handle.get());
    archive_read_set_callback_data(handle.get(), &source);
    archive_read_set_read_callback(handle.get(), on_read);
    return handle;
}

std::string read_entry(struct archive* handle, const Piece& piece, const Interrupt& interrupt) {
    const auto failure = [handle] {
        const char* text = archive_error_string(handle);
        return std::string(text == nullptr ? "damaged data" : text);
    };
    if (archive_read_open1(handle) != ARCHIVE_OK)
        return failure();
    struct archive_entry* entry = nullptr;
    int status = archive_read_next_header(handle, &entry);
    while (status == ARCHIVE_OK) {
        interrupt.check();
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        status = archive_read_data_block(handle, &data, &size, &offset);
        if (status == ARCHIVE_OK)
            piece({static_cast<const char*>(data), size});
    }
    return status == ARCHIVE_EOF ? std::string() : failure();
}

} // namespace

std::string read_pieces(const std::filesystem::path& file, const Piece& piece,
                        const Interrupt& interrupt) {
    const auto source = std::make_unique<Source>();
    source->fd = open_read(file);
    const Handle handle = make_handle(*source);
    std::string failure = read_entry(handle.get(), piece, interrupt);
    if (source->errnum != 0)
        throw Error(
            ErrorKind::invalid_input,
            system_error("cannot read " + printable(file.string()), source->errnum).message());
    return failure;
}

} // namespace selns::denials
