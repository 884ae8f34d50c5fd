#pragma once

#include "selns/base/file.hpp"
#include "selns/image/ext4/fs.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace selns::image::ext4 {

// Where neighbouring blocks of a file lie in the image.
struct Extent {
    std::uint64_t logical = 0;
    std::uint64_t physical = 0;
    std::uint64_t count = 0;
};

// What may still be done before an image is called damaged: a sound one has no more extents than
// blocks, a hostile one makes few blocks look like many.
class Budget {
  public:
    explicit Budget(std::uint64_t units) : left_(units) {}
    bool take(std::uint64_t units) {
        if (units > left_)
            return false;
        left_ -= units;
        return true;
    }

  private:
    std::uint64_t left_;
};

// The blocks of inode NUMBER in the order of the file, without holes and without blocks that were
// allocated but never written. Throws an Error (invalid_input) when they overlap or lie outside.
std::vector<Extent> read_extents(ext2_filsys fs, std::uint32_t number, ext2_inode& inode,
                                 Budget& budget);

// The bytes of a file in an image; holes read as zeroes.
class ExtentSource final : public tree::ContentSource {
  public:
    ExtentSource(std::shared_ptr<const Fd> image, std::uint64_t block_size,
                 std::vector<Extent> extents)
        : image_(std::move(image)), block_size_(block_size), extents_(std::move(extents)) {}
    void read(std::uint64_t offset, char* data, std::size_t size) const override;
    const std::vector<Extent>& extents() const { return extents_; }
    std::uint64_t block_size() const { return block_size_; }

  private:
    std::shared_ptr<const Fd> image_;
    std::uint64_t block_size_;
    std::vector<Extent> extents_;
};

} // namespace selns::image::ext4
