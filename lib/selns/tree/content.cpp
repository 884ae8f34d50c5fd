#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/tree/tree.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace selns::tree {

namespace {

constexpr std::uint64_t piece_size = 1U << 20U;

class FileSource final : public ContentSource {
  public:
    explicit FileSource(int fd) : fd_(fd) {}
    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        pread_all(fd_.get(), data, size, offset);
    }

  private:
    Fd fd_;
};

class MemorySource final : public ContentSource {
  public:
    explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
    void read(std::uint64_t offset, char* data, std::size_t size) const override {
        if (offset > bytes_.size() || size > bytes_.size() - offset)
            throw Error(ErrorKind::failed, "a read beyond the end of a content in memory");
        std::memcpy(data, bytes_.data() + offset, size);
    }

  private:
    std::string bytes_;
};

} // namespace

std::shared_ptr<const ContentSource> file_source(int fd) {
    return std::make_shared<FileSource>(fd);
}

std::shared_ptr<const ContentSource> memory_source(std::string bytes) {
    return std::make_shared<MemorySource>(std::move(bytes));
}

Content Content::bytes(std::string data) {
    const std::uint64_t size = data.size();
    return size == 0 ? Content() : Content(memory_source(std::move(data)), 0, size);
}

void Content::read(std::uint64_t offset, char* data, std::size_t size) const {
    if (offset > size_ || size > size_ - offset)
        throw Error(ErrorKind::failed, "a read beyond the end of a file");
    interruption_point();
    if (size > 0)
        source_->read(offset_ + offset, data, size);
}

std::string Content::str(std::uint64_t limit) const {
    if (size_ > limit)
        throw Error(ErrorKind::invalid_input, "a file of " + std::to_string(size_) +
                                                  " bytes is larger than " + std::to_string(limit) +
                                                  " bytes");
    std::string all(static_cast<std::size_t>(size_), '\0');
    read(0, all.data(), all.size());
    return all;
}

void Content::for_each_piece(const std::function<void(std::string_view)>& visit) const {
    std::string piece(static_cast<std::size_t>(std::min(size_, piece_size)), '\0');
    for (std::uint64_t done = 0; done < size_;) {
        const auto size = static_cast<std::size_t>(std::min(size_ - done, piece_size));
        read(done, piece.data(), size);
        visit(std::string_view(piece.data(), size));
        done += size;
    }
}

} // namespace selns::tree
