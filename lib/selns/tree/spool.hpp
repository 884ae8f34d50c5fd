#pragma once

#include "selns/base/file.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace selns::tree {

// Takes bytes and gives them back: in memory while they are few, else in a temporary file that has
// no name. Complete it before it is read from several threads.
class Spool final : public ContentSource {
  public:
    static constexpr std::uint64_t in_memory = 32U << 20U;

    void append(std::string_view data);
    std::uint64_t size() const { return size_; }
    void read(std::uint64_t offset, char* data, std::size_t size) const override;

  private:
    std::string memory_;
    Fd file_;
    std::uint64_t size_ = 0;
};

// Part of a file with holes: SIZE bytes at OFFSET of the file lie at POSITION of a source.
struct Span {
    std::uint64_t offset;
    std::uint64_t size;
    std::uint64_t position;
};

// A file of SIZE bytes that is zero outside SPANS, which are sorted by offset and do not overlap.
Content sparse_content(std::shared_ptr<const ContentSource> source, std::vector<Span> spans,
                       std::uint64_t size);

} // namespace selns::tree
