#pragma once

#include "selns/tree/archive.hpp"
#include "selns/tree/tree.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

// Small things that tests of trees share.
namespace selns::test {

inline tree::Inode symlink(std::string target) {
    tree::Inode inode;
    inode.type = tree::FileType::symlink;
    inode.target = std::move(target);
    return inode;
}

// TREE as a tar.
inline std::string tar_of(const tree::Tree& tree) {
    std::string bytes;
    tree::write_tar(tree, [&](std::string_view piece) { bytes += piece; });
    return bytes;
}

// Whether the shell's COMMAND succeeded.
inline bool run(const std::string& command) {
    return std::system(command.c_str()) == 0;
}

} // namespace selns::test
