#pragma once

#include "selns/tree/tree.hpp"

#include <string>
#include <utility>

namespace selns::test {

// A file at PATH that holds TEXT.
inline void put(tree::Tree& tree, const std::string& path, std::string text = "x") {
    tree::Inode inode;
    inode.content = tree::Content::bytes(std::move(text));
    tree.put(path, std::move(inode));
}

} // namespace selns::test
