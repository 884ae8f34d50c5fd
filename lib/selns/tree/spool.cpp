#include "selns/tree/spool.hpp"

#include "selns/base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace selns::tree {

namespace {

Fd nameless_file() {
    const auto directory = std::filesystem::temp_directory_path();
    Fd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd)
        return fd;
    std::string name = (directory / "selns-XXXXXX").string();
    fd = Fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd)
        throw system_error("cannot make a temporary file in " + directory.string(), errno);
    ::unlink(name.c_str());
    return fd;
}

class SparseSource final : public ContentSource {
  public:
    SparseSource(std::shared_ptr<const ContentSource> source, std::vector<Span> spans)
        : source_(std::move(source)), spans_(std::move(spans)) {}

    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        std::memset(data, 0, size);
        const std::uint64_t end = offset + size;
        auto span = std::partition_point(spans_.begin(), spans_.end(), [&](const Span& each) {
            return each.offset + each.size <= offset;
        });
        for (; span != spans_.end() && span->offset < end; ++span) {
            const std::uint64_t from = std::max(offset, span->offset);
            const std::uint64_t to = std::min(end, span->offset + span->size);
            source_->read(span->position + (from - span->offset), data + (from - offset),
                          static_cast<std::size_t>(to - from));
        }
    }

  private:
    std::shared_ptr<const ContentSource> source_;
    std::vector<Span> spans_;
};

} // namespace

void Spool::append(std::string_view data) {
    if (!file_ && size_ + data.size() > in_memory) {
        file_ = nameless_file();
        write_all(file_.get(), memory_);
        memory_ = std::string();
    }
    if (file_)
        write_all(file_.get(), data);
    else
        memory_.append(data);
    size_ += data.size();
}

void Spool::read(std::uint64_t offset, char* data, std::size_t size) const {
    if (offset > size_ || size > size_ - offset)
        throw Error(ErrorKind::failed, "a read beyond the end of an archive's content");
    if (file_)
        pread_all(file_.get(), data, size, offset);
    else
        std::memcpy(data, memory_.data() + offset, size);
}

Content sparse_content(std::shared_ptr<const ContentSource> source, std::vector<Span> spans,
                       std::uint64_t size) {
    return Content(std::make_shared<SparseSource>(std::move(source), std::move(spans)), 0, size);
}

} // namespace selns::tree
