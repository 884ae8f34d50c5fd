#include "selns/archive/decompress.hpp"

#include "selns/archive/compressions.hpp"
#include "selns/archive/read_handle.hpp"
#include "selns/archive/wire.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/sandbox.hpp"

#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace selns::archive {

namespace {

// In the sandbox: what was read already is the request, the rest is the first descriptor.
struct Input {
    std::string_view begin;
    int fd;
    std::array<char, 65536> buffer;
};

la_ssize_t on_read(struct archive* handle, void* pointer, const void** data) {
    auto& input = *static_cast<Input*>(pointer);
    if (!input.begin.empty()) {
        *data = input.begin.data();
        return static_cast<la_ssize_t>(std::exchange(input.begin, {}).size());
    }
    if (input.fd < 0)
        return 0;
    ssize_t got = 0;
    do
        got = ::read(input.fd, input.buffer.data(), input.buffer.size());
    while (got < 0 && errno == EINTR);
    if (got < 0)
        archive_set_error(handle, errno, "cannot read");
    *data = input.buffer.data();
    return got;
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

std::string undo(Input& input, const Sink& sink) {
    const ReadHandle handle = make_handle(input);
    if (read_entry(handle.get(), sink) == ARCHIVE_EOF)
        return {};
    const char* reason = archive_error_string(handle.get());
    return reason == nullptr ? "damaged data" : reason;
}

std::string undo_stream(sandbox::Inside& inside) {
    // The last byte tells whether a descriptor is there.
    std::string_view begin = inside.request();
    const bool has_rest = begin.back() != 0;
    begin.remove_suffix(1);
    Input input{begin, has_rest ? inside.descriptor(0) : -1, {}};
    return undo(input, [&](std::string_view piece) { inside.emit(piece); });
}

Error too_large(std::uint64_t limit) {
    return {ErrorKind::invalid_input, "more than " + human_size(limit) + " when decompressed"};
}

void append_within(std::string& text, std::string_view piece, std::uint64_t limit) {
    text.append(piece);
    if (text.size() > limit)
        throw too_large(limit);
}

// The first record is the limit. Each text, and a mark behind it; one that is damaged is left out.
std::string undo_each(sandbox::Inside& inside) {
    constexpr std::size_t at_once = 1U << 20U;
    std::string_view rest = inside.request();
    std::string_view first = take_record(rest).body;
    const std::uint64_t limit = take_number(first);
    while (!rest.empty()) {
        Input input{take_record(rest).body, -1, {}};
        std::string text;
        const Sink sink = [&](std::string_view piece) { append_within(text, piece, limit); };
        if (!undo(input, sink).empty())
            text.clear();
        for (std::string_view left = text; !left.empty();
             left.remove_prefix(std::min(at_once, left.size()))) {
            std::string record;
            put_record(record, RecordKind::content, left.substr(0, at_once));
            inside.emit(record);
        }
        std::string mark;
        put_record(mark, RecordKind::end_of_content, {});
        inside.emit(mark);
    }
    return {};
}

constexpr sandbox::Limits limits = {.memory = std::uint64_t{1} << 30U,
                                    .cpu = std::chrono::minutes(10),
                                    .time = std::chrono::hours(1)};
const sandbox::Worker stream_worker("decompress", sandbox::Rights::parse, limits, undo_stream);

const sandbox::Worker each_worker("decompress-each", sandbox::Rights::parse, limits, undo_each);

// gzip, compress, xz, bzip2, zstd, lzma, lzip, lz4 and its old form.
constexpr std::array<std::string_view, 9> signatures = {
    "\x1f\x8b", "\x1f\x9d",         "\xfd\x37zXZ",     "BZ", "\x28\xb5\x2f\xfd", {"\x5d\0\0", 3},
    "LZIP",     "\x04\x22\x4d\x18", "\x02\x21\x4c\x18"};
// A frame of zstd that is to be skipped has any byte before its signature.
constexpr std::string_view skipped_frame = "\x2a\x4d\x18";

} // namespace

bool may_be_compressed(std::string_view bytes) {
    return std::ranges::any_of(
               signatures,
               [&](std::string_view signature) { return bytes.starts_with(signature); }) ||
           bytes.substr(std::min<std::size_t>(1, bytes.size())).starts_with(skipped_frame);
}

std::string decompress(const Compressed& input, const Sink& sink) {
    sandbox::Task task{.request = std::string(input.begin), .descriptors = {}};
    task.request.push_back(input.fd < 0 ? '\0' : '\1');
    if (input.fd >= 0)
        task.descriptors.push_back(input.fd);
    return sandbox::run(stream_worker, std::move(task), sink);
}

std::string decompress(std::string_view bytes, std::uint64_t limit) {
    std::string text;
    if (!may_be_compressed(bytes)) {
        append_within(text, bytes, limit);
        return text;
    }
    const std::string failure =
        decompress({bytes}, [&](std::string_view piece) { append_within(text, piece, limit); });
    if (!failure.empty())
        throw Error(ErrorKind::invalid_input, "damaged compressed data: " + printable(failure));
    return text;
}

void decompress_each(const std::vector<std::string>& many, std::uint64_t limit,
                     const std::function<bool(std::size_t, const std::string&)>& visit) {
    sandbox::Task task;
    put_record(task.request, RecordKind::content, encode_number(limit, {}));
    for (const std::string& bytes : many)
        put_record(task.request, RecordKind::content, bytes);
    sandbox::Process process(each_worker, std::move(task));
    std::size_t place = 0;
    std::string text;
    while (const auto piece = process.next())
        for (std::string_view rest = *piece; !rest.empty();) {
            const WireRecord record = take_record(rest);
            if (record.kind == RecordKind::content) {
                append_within(text, record.body, limit);
            } else if (place >= many.size() || !visit(place++, text)) {
                return;
            } else {
                text.clear();
            }
        }
}

void decompress_prefix(std::string_view bytes, std::uint64_t limit,
                       const std::function<bool(std::string_view)>& piece) {
    struct Enough {};
    std::uint64_t done = 0;
    try {
        decompress({bytes}, [&](std::string_view data) {
            done += data.size();
            if (!piece(data) || done >= limit)
                throw Enough{};
        });
    } catch (const Enough&) {
        return; // as asked
    }
}

} // namespace selns::archive
