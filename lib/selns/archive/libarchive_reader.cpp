#include "selns/archive/compressions.hpp"
#include "selns/archive/locale_scope.hpp"
#include "selns/archive/read_handle.hpp"
#include "selns/archive/source.hpp"
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
    entry.type = file_type(archive_entry_filetype(from));
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

class LibarchiveSource final : public EntrySource {
  public:
    LibarchiveSource(Fd file, std::string archive_name);

    bool next(Entry& entry) override;
    void read_content(const Reader::Piece& piece) override;
    int fd() const override { return fd_.get(); }
    std::uint64_t file_size() const override { return facts_.size; }

  private:
    static la_ssize_t on_read(struct archive* handle, void* self, const void** data);
    static la_int64_t on_skip(struct archive* handle, void* self, la_int64_t request);

    void check(int status, const char* doing) const;
    void check_end_of_previous() const;
    Error error(const std::string& what) const;

    Fd fd_;
    std::string name_;
    FileFacts facts_;
    std::uint64_t position_ = 0;
    int read_error_ = 0;
    std::vector<char> buffer_;
    Locale locale_{"C"};
    ReadHandle handle_;
    std::string current_; // the entry being read
    std::uint64_t previous_end_ = 0;
};

LibarchiveSource::LibarchiveSource(Fd file, std::string archive_name)
    : fd_(std::move(file)), name_(std::move(archive_name)), facts_(facts_of(fd_, name_)),
      buffer_(32768) {
    const LocaleScope scope(locale_);
    handle_ = make_handle();
    archive_read_set_callback_data(handle_.get(), this);
    archive_read_set_read_callback(handle_.get(), on_read);
    if (facts_.regular)
        archive_read_set_skip_callback(handle_.get(), on_skip);
    check(archive_read_open1(handle_.get()), "cannot open the archive");
}

la_ssize_t LibarchiveSource::on_read(struct archive* handle, void* self, const void** data) {
    auto& source = *static_cast<LibarchiveSource*>(self);
    for (;;) {
        const ssize_t got =
            source.facts_.regular
                ? ::pread(source.fd_.get(), source.buffer_.data(), source.buffer_.size(),
                          static_cast<off_t>(source.position_))
                : ::read(source.fd_.get(), source.buffer_.data(), source.buffer_.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            source.read_error_ = errno;
            archive_set_error(handle, source.read_error_, "cannot read");
            return -1;
        }
        *data = source.buffer_.data();
        source.position_ += static_cast<std::uint64_t>(got);
        return got;
    }
}

// Never beyond the end: the read that follows then finds it, and libarchive says "truncated".
la_int64_t LibarchiveSource::on_skip(struct archive* /*handle*/, void* self, la_int64_t request) {
    auto& source = *static_cast<LibarchiveSource*>(self);
    if (source.position_ >= source.facts_.size || request <= 0)
        return 0;
    const auto skipped =
        std::min(source.facts_.size - source.position_, static_cast<std::uint64_t>(request));
    source.position_ += skipped;
    return static_cast<la_int64_t>(skipped);
}

Error LibarchiveSource::error(const std::string& what) const {
    const std::string entry =
        current_.empty() ? std::string() : "entry " + printable(current_) + ": ";
    return Error(ErrorKind::invalid_input, entry + what).at({name_});
}

void LibarchiveSource::check(int status, const char* doing) const {
    if (status == ARCHIVE_OK || status == ARCHIVE_EOF)
        return;
    const std::string why = text(archive_error_string(handle_.get()));
    if (status == ARCHIVE_WARN && is_conversion(why))
        return;
    if (read_error_ != 0)
        throw system_error("cannot read " + name_, read_error_);
    Error wrong = error(std::string(doing) + ": " + printable(why.empty() ? "damaged" : why));
    if (archive_format(handle_.get()) == 0)
        wrong.hint("a tar or cpio archive is needed, plain or compressed with gzip, bzip2, xz, "
                   "lzma, lzip, zstd, lz4 or compress");
    throw Error(std::move(wrong));
}

// A header may claim another size than the one that leads to the next header.
void LibarchiveSource::check_end_of_previous() const {
    const auto header = archive_read_header_position(handle_.get());
    if (header >= 0 && static_cast<std::uint64_t>(header) < previous_end_)
        throw error("its size is not that of its content");
}

bool LibarchiveSource::next(Entry& entry) {
    const LocaleScope scope(locale_);
    struct archive* const handle = handle_.get();
    struct archive_entry* from = nullptr;
    const int status = archive_read_next_header(handle, &from);
    check_end_of_previous();
    previous_end_ = 0;
    if (status == ARCHIVE_EOF)
        return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN && !current_.empty())
        current_ = "after " + current_;
    else if (from != nullptr)
        current_ = text(archive_entry_pathname(from));
    check(status, "cannot read the header");
    take(from, entry);

    const bool plain = facts_.regular && archive_filter_code(handle, 0) == ARCHIVE_FILTER_NONE &&
                       (archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
    if (plain && !entry.sparse && entry.size > 0) {
        entry.data_offset = static_cast<std::uint64_t>(archive_filter_bytes(handle, 0));
        previous_end_ = *entry.data_offset + static_cast<std::uint64_t>(entry.size);
    }
    return true;
}

void LibarchiveSource::read_content(const Reader::Piece& piece) {
    const LocaleScope scope(locale_);
    for (;;) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(handle_.get(), &data, &size, &offset);
        check(status, "cannot read its content");
        if (status == ARCHIVE_EOF)
            return;
        if (size > 0)
            piece(static_cast<std::uint64_t>(offset),
                  std::string_view(static_cast<const char*>(data), size));
    }
}

} // namespace

std::unique_ptr<EntrySource> libarchive_source(Fd fd, std::string name) {
    return std::make_unique<LibarchiveSource>(std::move(fd), std::move(name));
}

FileFacts facts_of(const Fd& fd, const std::string& name) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        throw system_error("cannot read " + name, errno);
    if (S_ISDIR(status.st_mode))
        throw Error(ErrorKind::invalid_input, "a directory, not an archive").at({name});
    const bool regular = S_ISREG(status.st_mode);
    return {regular, regular ? static_cast<std::uint64_t>(status.st_size) : 0};
}

} // namespace selns::archive
