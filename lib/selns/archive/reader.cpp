#include "selns/archive/reader.hpp"

#include "selns/archive/source.hpp"

namespace selns::archive {

struct Reader::Impl {
    std::unique_ptr<EntrySource> source;
};

Reader::Reader(Fd fd, std::string name, sandbox::Transcript* transcript)
    : impl_(new Impl{sandboxed_source(std::move(fd), std::move(name), transcript)}) {}
Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Reader Reader::in_this_process(Fd fd, std::string name) {
    return Reader(
        std::unique_ptr<Impl>(new Impl{libarchive_source(std::move(fd), std::move(name))}));
}

bool Reader::next(Entry& entry) {
    return impl_->source->next(entry);
}
void Reader::read_content(const Piece& piece) {
    impl_->source->read_content(piece);
}
int Reader::fd() const {
    return impl_->source->fd();
}
std::uint64_t Reader::file_size() const {
    return impl_->source->file_size();
}

} // namespace selns::archive
