#pragma once

#include "selns/image/ext4/fs.hpp"
#include "selns/image/ext4/geometry.hpp"
#include "selns/image/file_output.hpp"
#include "selns/image/image.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace selns::image::ext4 {

// Neighbouring blocks of the image.
struct BlockSpan {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

// Hands out the free blocks of a fresh file system from its beginning to its end, in pieces as
// large as they come.
class Allocator {
  public:
    explicit Allocator(ext2_filsys fs);
    // At most WANTED blocks, and no more than one extent can tell.
    BlockSpan take(std::uint64_t wanted);

  private:
    ext2_filsys fs_;
    std::uint64_t next_;
};

// Writes content past libext2fs, whose cache holds none of these blocks, and which is done by then.
class DataOutput {
  public:
    // TOTAL is what ADVANCE, which may be empty, is told. For HASHED see FileOutput.
    DataOutput(int fd, bool hashed, std::uint64_t total, const Advance& advance);

    // Copies CONTENT from OFFSET on into SPAN; the rest of its last block is filled with zeroes.
    void copy(const tree::Content& content, std::uint64_t offset, const BlockSpan& span);
    // One block, filled up with zeroes.
    void block(std::uint64_t number, std::string_view data);
    // The SHA-256 of the image of SIZE bytes, when it is HASHED.
    std::string finish(std::uint64_t size) { return output_.finish(size); }

  private:
    void tell();

    FileOutput output_;
    std::uint64_t total_;
    const Advance& advance_;
    std::uint64_t done_ = 0;
    std::uint64_t told_ = 0;
};

} // namespace selns::image::ext4
