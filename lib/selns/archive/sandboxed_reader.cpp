#include "selns/archive/source.hpp"
#include "selns/archive/wire.hpp"
#include "selns/base/error.hpp"
#include "selns/sandbox/transcript.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace selns::archive {

namespace {

constexpr std::size_t batch_size = 65536; // bytes of records that go out together
constexpr std::size_t copied_at_once = 1U << 20U;

// The reading half, in the sandbox: every entry, and the content of those that have it nowhere
// else.
std::string read_entries(sandbox::Inside& inside) {
    Fd file(::fcntl(inside.descriptor(0), F_DUPFD_CLOEXEC, 0));
    const auto source = libarchive_source(std::move(file), inside.request());
    std::string batch;
    const auto put = [&](RecordKind kind, std::string_view body) {
        put_record(batch, kind, body);
        if (batch.size() >= batch_size) {
            inside.emit(batch);
            batch.clear();
        }
    };
    Entry entry;
    try {
        while (source->next(entry)) {
            put(RecordKind::entry, encode(entry));
            if (entry.data_offset || (entry.size == 0 && !entry.sparse))
                continue;
            source->read_content([&](std::uint64_t offset, std::string_view data) {
                put(RecordKind::content, encode_number(offset, data));
            });
            put(RecordKind::end_of_content, {});
        }
    } catch (...) {
        inside.emit(batch); // what came before the damage was read
        throw;
    }
    inside.emit(batch);
    return {};
}

const sandbox::Worker entry_reader("archive", sandbox::Rights::parse,
                                   {.memory = std::uint64_t{1} << 30U,
                                    .cpu = std::chrono::minutes(10),
                                    .time = std::chrono::hours(1)},
                                   read_entries);

class SandboxedSource final : public EntrySource {
  public:
    SandboxedSource(Fd fd, std::string name, sandbox::Transcript* transcript)
        : fd_(std::move(fd)), facts_(facts_of(fd_, name)), transcript_(transcript),
          pieces_(entry_reader, {.request = std::move(name), .descriptors = {fd_.get()}},
                  transcript) {}

    bool next(Entry& entry) override {
        while (const auto record = take())
            if (record->kind == RecordKind::entry) {
                decode(record->body, entry);
                offset_ = entry.data_offset;
                size_ = static_cast<std::uint64_t>(std::max<std::int64_t>(entry.size, 0));
                has_content_ = !offset_ && (entry.size != 0 || entry.sparse);
                if (has_content_ && transcript_ != nullptr)
                    transcript_->drop();
                return true;
            }
        return false;
    }

    void read_content(const Reader::Piece& piece) override {
        if (offset_)
            return copy_content(piece);
        while (has_content_) {
            const auto record = take();
            has_content_ = record && record->kind == RecordKind::content;
            if (has_content_) {
                std::string_view data = record->body;
                const std::uint64_t offset = take_number(data);
                piece(offset, data);
            }
        }
    }

    int fd() const override { return fd_.get(); }
    std::uint64_t file_size() const override { return facts_.size; }

  private:
    // The next record, until the one after it is asked for; nothing at the end.
    std::optional<WireRecord> take() {
        while (rest_.empty()) {
            auto piece = pieces_.next();
            if (!piece)
                return std::nullopt;
            piece_ = std::move(*piece);
            rest_ = piece_;
        }
        return take_record(rest_);
    }

    // Of an entry whose content lies in the file as it is.
    void copy_content(const Reader::Piece& piece) {
        std::string buffer(std::min<std::uint64_t>(size_, copied_at_once), '\0');
        for (std::uint64_t done = 0; done < size_;) {
            const std::uint64_t size = std::min<std::uint64_t>(size_ - done, buffer.size());
            pread_all(fd_.get(), buffer.data(), size, *offset_ + done);
            piece(done, std::string_view(buffer).substr(0, size));
            done += size;
        }
    }

    Fd fd_;
    FileFacts facts_;
    sandbox::Transcript* transcript_;
    sandbox::Pieces pieces_;
    std::string piece_;
    std::string_view rest_;               // of piece_
    std::optional<std::uint64_t> offset_; // of the current entry
    std::uint64_t size_ = 0;
    bool has_content_ = false;
};

} // namespace

std::unique_ptr<EntrySource> sandboxed_source(Fd fd, std::string name,
                                              sandbox::Transcript* transcript) {
    return std::make_unique<SandboxedSource>(std::move(fd), std::move(name), transcript);
}

} // namespace selns::archive
