#include "selns/archive/reader.hpp"

#include "selns/archive/compressions.hpp"
#include "selns/archive/locale_scope.hpp"
#include "selns/archive/read_handle.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace selns::archive {

namespace {

ReadHandle make_handle() {
    ReadHandle handle(archive_read_new());
    if (!handle)
        throw system_error("cannot make an archive reader", ENOMEM);
    support_compressions(handle.get());
    archive_read_support_format_tar(handle.get());
    archive_read_support_format_cpio(handle.get());
    return handle;
}

EntryType type_of(struct archive_entry* entry) {
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return EntryType::regular;
    case AE_IFDIR:
        return EntryType::directory;
    case AE_IFLNK:
        return EntryType::symlink;
    case AE_IFCHR:
        return EntryType::character;
    case AE_IFBLK:
        return EntryType::block;
    case AE_IFIFO:
        return EntryType::fifo;
    case AE_IFSOCK:
        return EntryType::socket;
    default:
        return EntryType::unknown;
    }
}

std::string text(const char* bytes) {
    return bytes == nullptr ? std::string() : bytes;
}

// GNU tar and libarchive write "=" and "%" of an attribute's name as %3D and %25.
std::string unescaped(std::string_view name) {
    std::string plain;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const std::string_view three = name.substr(at, 3);
        if (three == "%3D" || three == "%25") {
            plain += three == "%3D" ? '=' : '%';
            at += 2;
        } else {
            plain += name[at];
        }
    }
    return plain;
}

void take_xattrs(struct archive_entry* entry, std::map<std::string, std::string>& xattrs) {
    xattrs.clear();
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (name != nullptr)
            xattrs[unescaped(name)] =
                size == 0 ? std::string() : std::string(static_cast<const char*>(value), size);
}

void take(struct archive_entry* from, Entry& entry) {
    entry.path = text(archive_entry_pathname(from));
    entry.type = type_of(from);
    entry.mode = static_cast<std::uint16_t>(archive_entry_perm(from) & 07777U);
    entry.uid = archive_entry_uid(from);
    entry.gid = archive_entry_gid(from);
    entry.mtime = archive_entry_mtime(from);
    entry.mtime_nanoseconds =
        static_cast<std::uint32_t>(std::clamp(archive_entry_mtime_nsec(from), 0L, 999'999'999L));
    entry.size = archive_entry_size_is_set(from) != 0 ? archive_entry_size(from) : 0;
    entry.symlink = text(archive_entry_symlink(from));
    entry.hard_link.reset();
    if (const char* target = archive_entry_hardlink(from))
        entry.hard_link = target;
    entry.major = archive_entry_rdevmajor(from);
    entry.minor = archive_entry_rdevminor(from);
    take_xattrs(from, entry.xattrs);
    entry.sparse = archive_entry_sparse_count(from) > 0;
    entry.data_offset.reset();
}

// A name that has no form in the C locale was left as the bytes it is, which is what is wanted.
bool is_conversion(std::string_view warning) {
    return warning.find("be converted from") != std::string_view::npos;
}

} // namespace

struct Reader::Impl {
    Impl(Fd file, std::string archive_name);

    static la_ssize_t on_read(struct archive* handle, void* self, const void** data);
    static la_int64_t on_skip(struct archive* handle, void* self, la_int64_t request);

    void check(int status, const char* doing) const;
    void check_end_of_previous() const;
    Error error(const std::string& what) const;

    Fd fd;
    std::string name;
    bool regular = false;
    std::uint64_t file_size = 0;
    std::uint64_t position = 0;
    int read_error = 0;
    std::vector<char> buffer;
    Locale locale{"C"};
    ReadHandle handle;
    std::string current; // the entry being read
    std::uint64_t previous_end = 0;
};

Reader::Impl::Impl(Fd file, std::string archive_name)
    : fd(std::move(file)), name(std::move(archive_name)), buffer(32768) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        throw system_error("cannot read " + name, errno);
    if (S_ISDIR(status.st_mode))
        throw Error(ErrorKind::invalid_input, "a directory, not an archive").at({name});
    regular = S_ISREG(status.st_mode);
    file_size = regular ? static_cast<std::uint64_t>(status.st_size) : 0;
    const LocaleScope scope(locale);
    handle = make_handle();
    archive_read_set_callback_data(handle.get(), this);
    archive_read_set_read_callback(handle.get(), on_read);
    if (regular)
        archive_read_set_skip_callback(handle.get(), on_skip);
    check(archive_read_open1(handle.get()), "cannot open the archive");
}

la_ssize_t Reader::Impl::on_read(struct archive* handle, void* self, const void** data) {
    auto& impl = *static_cast<Impl*>(self);
    for (;;) {
        const ssize_t got = impl.regular
                                ? ::pread(impl.fd.get(), impl.buffer.data(), impl.buffer.size(),
                                          static_cast<off_t>(impl.position))
                                : ::read(impl.fd.get(), impl.buffer.data(), impl.buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            impl.read_error = errno;
            archive_set_error(handle, impl.read_error, "cannot read");
            return -1;
        }
        *data = impl.buffer.data();
        impl.position += static_cast<std::uint64_t>(got);
        return got;
    }
}

// Never beyond the end: the read that follows then finds it, and libarchive says "truncated".
la_int64_t Reader::Impl::on_skip(struct archive* /*handle*/, void* self, la_int64_t request) {
    auto& impl = *static_cast<Impl*>(self);
    if (impl.position >= impl.file_size || request <= 0)
        return 0;
    const auto skipped =
        std::min(impl.file_size - impl.position, static_cast<std::uint64_t>(request));
    impl.position += skipped;
    return static_cast<la_int64_t>(skipped);
}

Error Reader::Impl::error(const std::string& what) const {
    const std::string entry =
        current.empty() ? std::string() : "entry " + printable(current) + ": ";
    return Error(ErrorKind::invalid_input, entry + what).at({name});
}

void Reader::Impl::check(int status, const char* doing) const {
    if (status == ARCHIVE_OK || status == ARCHIVE_EOF)
        return;
    const std::string why = text(archive_error_string(handle.get()));
    if (status == ARCHIVE_WARN && is_conversion(why))
        return;
    if (read_error != 0)
        throw system_error("cannot read " + name, read_error);
    Error wrong = error(std::string(doing) + ": " + printable(why.empty() ? "damaged" : why));
    if (archive_format(handle.get()) == 0)
        wrong.hint("a tar or cpio archive is needed, plain or compressed with gzip, bzip2, xz, "
                   "lzma, lzip, zstd, lz4 or compress");
    throw Error(std::move(wrong));
}

// A header may claim another size than the one that leads to the next header.
void Reader::Impl::check_end_of_previous() const {
    const auto header = archive_read_header_position(handle.get());
    if (header >= 0 && static_cast<std::uint64_t>(header) < previous_end)
        throw error("its size is not that of its content");
}

Reader::Reader(Fd fd, std::string name)
    : impl_(std::make_unique<Impl>(std::move(fd), std::move(name))) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

bool Reader::next(Entry& entry) {
    const LocaleScope scope(impl_->locale);
    struct archive* const handle = impl_->handle.get();
    struct archive_entry* from = nullptr;
    const int status = archive_read_next_header(handle, &from);
    impl_->check_end_of_previous();
    impl_->previous_end = 0;
    if (status == ARCHIVE_EOF)
        return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN && !impl_->current.empty())
        impl_->current = "after " + impl_->current;
    else if (from != nullptr)
        impl_->current = text(archive_entry_pathname(from));
    impl_->check(status, "cannot read the header");
    take(from, entry);

    const bool plain = impl_->regular && archive_filter_code(handle, 0) == ARCHIVE_FILTER_NONE &&
                       (archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
    if (plain && !entry.sparse && entry.size > 0) {
        entry.data_offset = static_cast<std::uint64_t>(archive_filter_bytes(handle, 0));
        impl_->previous_end = *entry.data_offset + static_cast<std::uint64_t>(entry.size);
    }
    return true;
}

void Reader::read_content(const Piece& piece) {
    const LocaleScope scope(impl_->locale);
    for (;;) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(impl_->handle.get(), &data, &size, &offset);
        impl_->check(status, "cannot read its content");
        if (status == ARCHIVE_EOF)
            return;
        if (size > 0)
            piece(static_cast<std::uint64_t>(offset),
                  std::string_view(static_cast<const char*>(data), size));
    }
}

int Reader::fd() const {
    return impl_->fd.get();
}
std::uint64_t Reader::file_size() const {
    return impl_->file_size;
}

} // namespace selns::archive
