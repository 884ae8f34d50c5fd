#include "selns/archive/writer.hpp"

#include "selns/archive/locale_scope.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <utility>

namespace selns::archive {

namespace {

constexpr std::size_t buffer_size = 256U << 10U;

struct FreeArchive {
    void operator()(struct archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
    void operator()(struct archive_entry* entry) const { archive_entry_free(entry); }
};

unsigned int kept_type(const Entry& entry) {
    if (!entry.type || entry.type == FileType::socket)
        throw Error(ErrorKind::failed, "an archive cannot hold a file of this type");
    return type_bits(*entry.type);
}

// libarchive writes other characters as %XX, which no reader undoes; "=" and "%" all readers do.
void check_xattr_name(const std::string& name) {
    const bool plain =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (name.empty() || !plain)
        throw Error(ErrorKind::failed,
                    "a tar cannot hold the extended attribute \"" + printable(name) + "\"");
}

} // namespace

struct Writer::Impl {
    Impl(std::function<void(std::string_view)> sink, Format format);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static la_ssize_t on_write(struct archive* handle, void* self, const void* data,
                               std::size_t size);
    void collect(std::string_view bytes);
    void flush();
    // Throws what OUTPUT threw, else what libarchive says, when STATUS is a failure.
    void check(int status);

    std::function<void(std::string_view)> output;
    bool stopped = false; // OUTPUT gets nothing more
    std::exception_ptr thrown;
    std::string buffer;
    // UTF-8 names are stored as pax wants them; others as the bytes they are, and marked so.
    Locale locale{"C.UTF-8"};
    std::unique_ptr<struct archive, FreeArchive> handle;
    std::unique_ptr<struct archive_entry, FreeEntry> entry;
    std::string current;
};

Writer::Impl::Impl(std::function<void(std::string_view)> sink, Format format)
    : output(std::move(sink)), handle(archive_write_new()), entry(archive_entry_new()) {
    if (!handle || !entry)
        throw system_error("cannot make an archive writer", ENOMEM);
    buffer.reserve(buffer_size);
    const LocaleScope scope(locale);
    if (format == Format::newc) {
        check(archive_write_set_format_cpio_newc(handle.get()));
    } else {
        check(archive_write_set_format_pax(handle.get()));
        check(archive_write_set_options(handle.get(), "xattrheader=SCHILY"));
    }
    check(archive_write_set_bytes_per_block(handle.get(), 0));
    check(archive_write_open(handle.get(), this, nullptr, on_write, nullptr));
}

// Freeing an archive that is not finished writes an end.
Writer::Impl::~Impl() {
    const LocaleScope scope(locale);
    stopped = true;
    handle.reset();
}

// No exception may cross libarchive, and after a failure it would not free all that it has: it is
// told that all is well, and check() tells the caller.
la_ssize_t Writer::Impl::on_write(struct archive* /*handle*/, void* self, const void* data,
                                  std::size_t size) {
    auto& impl = *static_cast<Impl*>(self);
    try {
        if (!impl.stopped)
            impl.collect(std::string_view(static_cast<const char*>(data), size));
    } catch (...) {
        impl.stopped = true;
        impl.thrown = std::current_exception();
    }
    return static_cast<la_ssize_t>(size);
}

void Writer::Impl::collect(std::string_view bytes) {
    if (buffer.size() + bytes.size() > buffer_size)
        flush();
    if (bytes.size() >= buffer_size)
        output(bytes);
    else
        buffer.append(bytes);
}

void Writer::Impl::flush() {
    if (!buffer.empty())
        output(buffer);
    buffer.clear();
}

void Writer::Impl::check(int status) {
    if (thrown)
        std::rethrow_exception(std::exchange(thrown, nullptr));
    // A warning is about a name that is not UTF-8, which is kept as it is.
    if (status >= ARCHIVE_WARN)
        return;
    const char* why = archive_error_string(handle.get());
    const std::string subject = current.empty() ? "an archive" : printable(current);
    throw Error(ErrorKind::failed,
                "cannot write " + subject + ": " + (why == nullptr ? "failed" : printable(why)));
}

Writer::Writer(std::function<void(std::string_view)> output, Format format)
    : impl_(std::make_unique<Impl>(std::move(output), format)) {}
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

void Writer::entry(const Entry& entry) {
    const LocaleScope scope(impl_->locale);
    impl_->current = entry.path;
    struct archive_entry* const to = archive_entry_clear(impl_->entry.get());
    try {
        archive_entry_copy_pathname(to, entry.path.c_str());
        archive_entry_set_filetype(to, kept_type(entry));
        for (const auto& [name, value] : entry.xattrs) {
            check_xattr_name(name);
            archive_entry_xattr_add_entry(to, name.c_str(), value.data(), value.size());
        }
    } catch (Error& error) {
        error.context(printable(entry.path));
        throw;
    }
    archive_entry_set_perm(to, entry.mode);
    archive_entry_set_uid(to, entry.uid);
    archive_entry_set_gid(to, entry.gid);
    archive_entry_set_mtime(to, entry.mtime, static_cast<long>(entry.mtime_nanoseconds));
    archive_entry_set_size(to, entry.hard_link ? 0 : entry.size);
    if (entry.hard_link)
        archive_entry_copy_hardlink(to, entry.hard_link->c_str());
    else if (entry.type == FileType::symlink)
        archive_entry_copy_symlink(to, entry.symlink.c_str());
    if (entry.type == FileType::character || entry.type == FileType::block) {
        archive_entry_set_rdevmajor(to, entry.major);
        archive_entry_set_rdevminor(to, entry.minor);
    }
    impl_->check(archive_write_header(impl_->handle.get(), to));
}

void Writer::data(std::string_view bytes) {
    const LocaleScope scope(impl_->locale);
    while (!bytes.empty()) {
        const la_ssize_t written =
            archive_write_data(impl_->handle.get(), bytes.data(), bytes.size());
        impl_->check(written > 0 ? ARCHIVE_OK : ARCHIVE_FATAL);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Writer::finish() {
    const LocaleScope scope(impl_->locale);
    impl_->check(archive_write_close(impl_->handle.get()));
    impl_->flush();
}

} // namespace selns::archive
