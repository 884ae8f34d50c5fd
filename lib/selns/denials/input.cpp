#include "selns/denials/input.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

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
    // So large that the calls do not count, so small that it stays in the processor's cache.
    std::array<char, 262144> buffer;
    std::size_t begun = 0; // bytes in the buffer that were read to look at the file's kind
    int errnum = 0;

    // The next bytes into the buffer; 0 at the end, less at a failure.
    ssize_t read() {
        ssize_t got = 0;
        do
            got = ::read(fd.get(), buffer.data(), buffer.size());
        while (got < 0 && errno == EINTR);
        if (got < 0)
            errnum = errno;
        return got;
    }
};

la_ssize_t on_read(struct archive* handle, void* pointer, const void** data) {
    auto& source = *static_cast<Source*>(pointer);
    *data = source.buffer.data();
    if (source.begun > 0)
        return static_cast<la_ssize_t>(std::exchange(source.begun, 0));
    const ssize_t got = source.read();
    if (got < 0)
        archive_set_error(handle, source.errnum, "cannot read");
    return got;
}

// Whether the first bytes can be those of compressed data; libarchive looks closer.
bool may_be_compressed(std::string_view bytes) {
    // A frame of zstd that is to be skipped has any byte before its signature.
    constexpr std::string_view skipped_frame = "\x2a\x4d\x18";
    return bytes.starts_with("\x1f\x8b") || bytes.starts_with("\xfd\x37zXZ") ||
           bytes.starts_with("BZ") || bytes.starts_with("\x28\xb5\x2f\xfd") ||
           bytes.substr(std::min<std::size_t>(1, bytes.size())).starts_with(skipped_frame);
}

void read_plain(Source& source, const Piece& piece, const Interrupt& interrupt) {
    for (auto got = static_cast<ssize_t>(source.begun); got > 0; got = source.read()) {
        interrupt.check();
        piece({source.buffer.data(), static_cast<std::size_t>(got)});
    }
}

Fd open_log(const std::filesystem::path& file) {
    if (file != "-")
        return open_read(file);
    Fd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd)
        throw system_error("cannot read standard input", errno);
    return fd;
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
    source->fd = open_log(file);
    source->begun = static_cast<std::size_t>(std::max<ssize_t>(source->read(), 0));
    std::string failure;
    if (may_be_compressed({source->buffer.data(), source->begun})) {
        const Handle handle = make_handle(*source);
        failure = read_entry(handle.get(), piece, interrupt);
    } else {
        read_plain(*source, piece, interrupt);
    }
    if (source->errnum != 0)
        throw Error(
            ErrorKind::invalid_input,
            system_error("cannot read " + printable(file.string()), source->errnum).message());
    return failure;
}

} // namespace selns::denials
