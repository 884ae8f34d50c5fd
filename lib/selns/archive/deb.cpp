#include "selns/archive/deb.hpp"

#include "selns/archive/read_handle.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/sandbox.hpp"

#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <string_view>

namespace selns::archive {

namespace {

Error damaged(const std::string& name, struct archive* handle) {
    const char* reason = archive_error_string(handle);
    return Error(ErrorKind::invalid_input, std::string("not a Debian package: ") +
                                               printable(reason != nullptr ? reason : "damaged"))
        .at({name});
}

void emit_content(struct archive* handle, sandbox::Inside& inside, const std::string& name) {
    std::array<char, 65536> buffer;
    for (;;) {
        const la_ssize_t got = archive_read_data(handle, buffer.data(), buffer.size());
        if (got < 0)
            throw damaged(name, handle);
        if (got == 0)
            return;
        inside.emit({buffer.data(), static_cast<std::size_t>(got)});
    }
}

bool is_content(struct archive_entry* entry) {
    const char* path = archive_entry_pathname(entry);
    const std::string_view member = path != nullptr ? path : "";
    return member == "data.tar" || member.starts_with("data.tar.");
}

std::string find_content(sandbox::Inside& inside) {
    const std::string& name = inside.request();
    const ReadHandle handle(archive_read_new());
    if (!handle)
        throw std::bad_alloc();
    archive_read_support_format_ar(handle.get());
    constexpr std::size_t block = 65536;
    if (archive_read_open_fd(handle.get(), inside.descriptor(0), block) != ARCHIVE_OK)
        throw damaged(name, handle.get());
    struct archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(handle.get(), &entry);
        if (status == ARCHIVE_EOF)
            throw Error(ErrorKind::invalid_input, "not a Debian package: it has no data.tar")
                .at({name});
        if (status != ARCHIVE_OK)
            throw damaged(name, handle.get());
        if (is_content(entry))
            break;
    }
    emit_content(handle.get(), inside, name);
    return {};
}

const sandbox::Worker content_worker("deb", sandbox::Rights::parse,
                                     {.cpu = std::chrono::minutes(5),
                                      .time = std::chrono::minutes(30)},
                                     find_content);

} // namespace

Fd unnamed_file(const std::filesystem::path& directory) {
    std::string name = (directory / "deb-XXXXXX").string();
    Fd file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file)
        throw system_error("cannot write below " + directory.string(), errno);
    ::unlink(name.c_str());
    return file;
}

Fd deb_content(Fd deb, const std::string& name, const std::filesystem::path& directory) {
    Fd content = unnamed_file(directory);
    sandbox::run(content_worker, {.request = name, .descriptors = {deb.get()}},
                 [&](std::string_view piece) { write_all(content.get(), piece); });
    return content;
}

} // namespace selns::archive
