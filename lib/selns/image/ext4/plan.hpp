#pragma once

#include "selns/image/ext4/directory.hpp"
#include "selns/image/ext4/geometry.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace selns::image::ext4 {

// Blocks of a file that are not all zero, one after the other; what lies between is a hole.
struct DataRun {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

struct PlannedInode {
    tree::InodeId id = 0;
    std::string path;         // the first of its names
    std::uint32_t number = 0; // in the image
    std::uint32_t parent = 0; // a directory's
    std::uint32_t links = 0;
    std::vector<DataRun> data; // a regular file's
};

// Everything about an image that is decided before a byte of it is written.
struct Plan {
    std::vector<PlannedInode> inodes; // in walk order, so that a directory's files lie together
    std::unordered_map<tree::InodeId, std::uint32_t> numbers;
    Needs needs;
    std::uint64_t content = 0; // bytes in data runs
};

// TREE must have a directory /lost+found. Throws an Error (invalid_input) that names the path of
// what ext4 cannot keep. Reads all content, to find the holes.
Plan make_plan(const tree::Tree& tree, const HashSeed& seed);

// A directory of the plan with its names' numbers.
Directory planned_directory(const tree::Tree& tree, const Plan& plan, const PlannedInode& inode);

} // namespace selns::image::ext4
