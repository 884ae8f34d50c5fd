#include "selns/image/ext4/superblock.hpp"
#include "selns/image/image.hpp"
#include "selns/image/known_formats.hpp"

namespace selns::image {

constinit const Format ext4_format = {.name = "ext4",
                                      .words = "an ext4 file system",
                                      .sized = true,
                                      .lost_and_found = true,
                                      .kernel_ability = "ext4",
                                      .tool = {"mke2fs", "e2fsprogs", "-V"},
                                      .matches = ext4::looks_like_ext4,
                                      .read = read_ext4,
                                      .write = write_ext4};

} // namespace selns::image
