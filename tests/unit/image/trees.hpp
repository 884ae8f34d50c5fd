#pragma once

#include "selns/image/image.hpp"
#include "selns/process/process.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace selns::test {

tree::Inode file(std::string content, std::uint16_t mode = 0644);
tree::Inode directory(std::uint16_t mode = 0755);
tree::Inode symlink(std::string target);
tree::Inode node(tree::FileType type, std::uint32_t major = 0, std::uint32_t minor = 0);

// A tree with a labelled /lost+found, as the pipeline makes it.
tree::Tree tree_with_lost_found();

// A tree drawn from SEED: all kinds of files, names that are not text, hard links, attributes of
// all sizes, sparse content. Everything in it has a context.
tree::Tree random_tree(std::uint32_t seed);

// Writes TREE with mke2fs of this machine and the identity "test".
void write_image(const tree::Tree& tree, const std::filesystem::path& image,
                 const image::WriteOptions& options = {
                     .size = {}, .label = {}, .epoch = 1700000000, .identity = "test"});

// What compare() finds, and content and nanoseconds besides.
std::vector<std::string> all_differences(const tree::Tree& expected, const tree::Tree& actual);

// A program's standard output; its failure fails the test.
std::string run(std::vector<std::string> argv);
// What e2fsck -fn has to say against IMAGE; empty when it is clean.
std::string e2fsck(const std::filesystem::path& image);
// The output of one debugfs command.
std::string debugfs(const std::filesystem::path& image, const std::string& command);

} // namespace selns::test
