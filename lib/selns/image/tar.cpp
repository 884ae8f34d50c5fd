#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/image.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>

#include <cerrno>

namespace selns::image {

namespace {

constexpr std::size_t buffer_size = 1U << 20U;

// Headers are small and many: they are written with the content between them.
class Buffer {
  public:
    explicit Buffer(int fd) : fd_(fd) { pending_.reserve(buffer_size); }
    void add(std::string_view data) {
        if (pending_.size() + data.size() > buffer_size)
            flush();
        if (data.size() >= buffer_size)
            write_all(fd_, data);
        else
            pending_.append(data);
    }
    void flush() {
        write_all(fd_, pending_);
        pending_.clear();
    }

  private:
    int fd_;
    std::string pending_;
};

std::uint64_t content_size(const tree::Tree& tree) {
    std::uint64_t total = 0;
    tree.walk([&](const std::string&, tree::InodeId id, bool first) {
        if (first)
            total += tree.inode(id).content.size();
    });
    return total;
}

} // namespace

void write_tar(const tree::Tree& tree, const std::filesystem::path& file, const Advance& advance) {
    try {
        const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
        if (!fd)
            throw system_error("cannot write", errno);
        Buffer buffer(fd.get());
        std::function<void(std::uint64_t)> report;
        if (advance)
            report = [&advance, total = content_size(tree)](std::uint64_t done) {
                advance(done, total);
            };
        tree::write_tar(
            tree, [&buffer](std::string_view data) { buffer.add(data); }, report);
        buffer.flush();
    } catch (Error& error) {
        if (error.kind() != ErrorKind::interrupted)
            error.context(file.string());
        throw;
    }
}

} // namespace selns::image
