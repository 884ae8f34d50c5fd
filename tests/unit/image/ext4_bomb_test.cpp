// Small images that claim to hold much: blocks and tables that many inodes share.
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

using namespace selns;
using namespace selns::test;

namespace {

struct Named {
    std::uint32_t inode;
    std::string name;
};

// An image without checksums and journal, whose bytes are changed at will. Blocks are taken from
// its end, which is empty.
class Bomb {
  public:
    Bomb(const TempDir& temp, const std::string& size, std::vector<std::string> options)
        : file_(temp.path() / "image") {
        std::vector<std::string> mke2fs = {"mke2fs",
                                           "-q",
                                           "-F",
                                           "-E",
                                           "lazy_itable_init=1",
                                           "-O",
                                           "none,filetype,extent,ext_attr,large_file"};
        mke2fs.insert(mke2fs.end(), options.begin(), options.end());
        mke2fs.insert(mke2fs.end(), {file_.string(), size});
        run(mke2fs);
        bytes_ = read_file(file_);
        next_ = get(super + 4);
    }

    std::uint32_t block_size() const { return 1024U << get(super + 24); }
    std::uint32_t inodes() const { return get(super); }
    std::uint32_t groups() const { return inodes() / get(super + 40); }

    std::uint32_t add_block(const std::string& content) {
        content.copy(&bytes_[std::size_t{--next_} * block_size()], content.size());
        return next_;
    }

    // The blocks of a directory; they follow each other. Returns the first.
    std::pair<std::uint32_t, std::uint32_t> add_directory(const std::vector<Named>& names) {
        std::vector<std::string> blocks(1);
        std::size_t last = 0;
        for (const Named& each : names) {
            const std::size_t length = (8 + each.name.size() + 3) / 4 * 4;
            if (blocks.back().size() + length > block_size()) {
                extend(blocks.back(), last);
                blocks.emplace_back();
            }
            last = blocks.back().size();
            std::string entry(length, '\0');
            set(entry, 0, each.inode);
            entry[4] = static_cast<char>(length);
            entry[6] = static_cast<char>(each.name.size());
            each.name.copy(&entry[8], each.name.size());
            blocks.back() += entry;
        }
        extend(blocks.back(), last);
        for (auto block = blocks.rbegin(); block != blocks.rend(); ++block)
            add_block(*block);
        return {next_, static_cast<std::uint32_t>(blocks.size())};
    }

    // An inode of COUNT blocks from FIRST; of all their bytes unless SIZE is given.
    void inode(std::uint32_t number, std::uint32_t mode, std::uint32_t first, std::uint32_t count,
               std::uint32_t attributes = 0, std::uint32_t size = 0) {
        std::string extents(60, '\0');
        set(extents, 0, 0x0001f30a);
        set(extents, 4, 0x00000004);
        set(extents, 16, count);
        set(extents, 20, first);
        raw_inode(number, mode, size == 0 ? count * block_size() : size, extents, attributes);
    }
    void raw_inode(std::uint32_t number, std::uint32_t mode, std::uint32_t size,
                   const std::string& blocks, std::uint32_t attributes = 0,
                   std::uint32_t flags = 0x80000) {
        const std::uint32_t per_group = get(super + 40);
        const std::uint32_t group = (number - 1) / per_group;
        const std::size_t inode_size = get(super + 88) & 0xffff;
        const std::size_t table = get(descriptor(group) + 8);
        const std::size_t at = table * block_size() + (number - 1) % per_group * inode_size;
        set(bytes_, at, mode);
        set(bytes_, at + 4, size);
        set(bytes_, at + 24, 0x00010000); // one link
        set(bytes_, at + 32, flags);
        blocks.copy(&bytes_[at + 40], blocks.size());
        set(bytes_, at + 104, attributes);
    }

    // All groups have the inodes of the first.
    void share_tables() {
        for (std::uint32_t group = 1; group < groups(); ++group)
            set(bytes_, descriptor(group) + 8, get(descriptor(0) + 8));
    }

    const std::filesystem::path& write() const {
        std::ofstream(file_, std::ios::binary)
            .write(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
        return file_;
    }
    tree::Tree read() const { return image::read_ext4(write()); }
    std::string refusal() const {
        try {
            read();
            return {};
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
            return error.message();
        }
    }

    static void set(std::string& bytes, std::size_t at, std::uint32_t value) {
        std::memcpy(&bytes[at], &value, sizeof value);
    }

  private:
    static constexpr std::size_t super = 1024;

    std::uint32_t get(std::size_t at) const {
        std::uint32_t value = 0;
        std::memcpy(&value, &bytes_[at], sizeof value);
        return value;
    }
    std::size_t descriptor(std::uint32_t group) const {
        return std::size_t{block_size() == 1024 ? 2U : 1U} * block_size() + std::size_t{group} * 32;
    }
    // The last entry reaches to the end of its block.
    void extend(std::string& block, std::size_t last) const {
        block.resize(block_size());
        const auto length = static_cast<std::uint16_t>(block_size() - last);
        std::memcpy(&block[last + 4], &length, sizeof length);
    }

    std::filesystem::path file_;
    std::string bytes_;
    std::uint32_t next_ = 0; // the blocks from here on are used
};

constexpr std::uint32_t first_inode = 11;

// Names from A on for each inode that is not reserved.
std::vector<Named> a_name_for_each(std::uint32_t inodes) {
    std::vector<Named> names;
    for (std::uint32_t number = first_inode; number <= inodes; ++number)
        names.push_back({number, fmt::format("{:05x}", number)});
    return names;
}

const std::vector<std::string> many_inodes = {"-b", "4096", "-I", "128", "-N", "4096"};

} // namespace

TEST_CASE("a block of attributes is not shared by all inodes") {
    const TempDir temp;
    Bomb bomb(temp, "4M", many_inodes);
    // 195 attributes in the namespace "user." with names of two letters, and no values.
    std::string block(32, '\0');
    Bomb::set(block, 0, 0xea020000);
    Bomb::set(block, 4, 1024);
    Bomb::set(block, 8, 1);
    for (char a = 'a'; a < 'a' + 13; ++a)
        for (char b = 'a'; b < 'a' + 15; ++b)
            block += std::string("\2\1", 2) + std::string(14, '\0') + a + b + std::string(2, '\0');
    const std::uint32_t attributes = bomb.add_block(block + std::string(4, '\0'));
    const auto [first, count] = bomb.add_directory(a_name_for_each(bomb.inodes()));
    for (std::uint32_t number = first_inode; number <= bomb.inodes(); ++number)
        bomb.raw_inode(number, S_IFREG | 0644, 0, {}, attributes, 0);
    SECTION("of two") {
        const auto [few, blocks] = bomb.add_directory({{11, "a"}, {12, "b"}});
        bomb.inode(2, S_IFDIR | 0755, few, blocks);
        const tree::Tree tree = bomb.read();
        CHECK(tree.inode(tree.find("/b").value()).xattrs.size() == 195);
    }
    SECTION("of all") {
        bomb.inode(2, S_IFDIR | 0755, first, count);
        CHECK_THAT(bomb.refusal(), ContainsSubstring("more names and extended attributes"));
    }
}

TEST_CASE("a symlink's target is not shared by all inodes") {
    const TempDir temp;
    Bomb bomb(temp, "4M", {"-b", "4096", "-I", "128", "-N", "20000"});
    const std::uint32_t target = bomb.add_block(std::string(4096, 't'));
    const auto [first, count] = bomb.add_directory(a_name_for_each(bomb.inodes()));
    bomb.inode(2, S_IFDIR | 0755, first, count);
    for (std::uint32_t number = first_inode; number <= bomb.inodes(); ++number)
        bomb.inode(number, S_IFLNK | 0777, target, 1, 0, 4095);
    CHECK_THAT(bomb.refusal(), ContainsSubstring("more names and extended attributes"));
}

TEST_CASE("blocks of names are not shared by directories") {
    const TempDir temp;
    Bomb bomb(temp, "4M", many_inodes);
    std::vector<Named> names;
    for (int i = 0; i < 200; ++i)
        names.push_back({first_inode, fmt::format("{:04}", i)});
    const auto [shared, blocks] = bomb.add_directory(names);
    const auto [first, count] = bomb.add_directory(a_name_for_each(bomb.inodes()));
    bomb.inode(2, S_IFDIR | 0755, first, count);
    bomb.raw_inode(first_inode, S_IFREG | 0644, 0, {}, 0, 0);
    for (std::uint32_t number = first_inode + 1; number <= bomb.inodes(); ++number)
        bomb.inode(number, S_IFDIR | 0755, shared, blocks);
    CHECK_THAT(bomb.refusal(), ContainsSubstring("a directory of impossible size"));
}

TEST_CASE("an extent tree is not shared by all inodes") {
    const TempDir temp;
    Bomb bomb(temp, "4M", many_inodes);
    // 340 extents of one block, the same.
    std::string leaf(12, '\0');
    Bomb::set(leaf, 0, 0x0154f30a);
    Bomb::set(leaf, 4, 0x00000154);
    for (std::uint32_t i = 0; i < 340; ++i) {
        leaf.resize(leaf.size() + 12);
        Bomb::set(leaf, leaf.size() - 12, i);
        Bomb::set(leaf, leaf.size() - 8, 1);
        Bomb::set(leaf, leaf.size() - 4, 900);
    }
    const std::uint32_t shared = bomb.add_block(leaf);
    const auto [first, count] = bomb.add_directory(a_name_for_each(bomb.inodes()));
    bomb.inode(2, S_IFDIR | 0755, first, count);
    std::string root(60, '\0');
    Bomb::set(root, 0, 0x0001f30a);
    Bomb::set(root, 4, 0x00010004);
    Bomb::set(root, 16, shared);
    for (std::uint32_t number = first_inode; number <= bomb.inodes(); ++number)
        bomb.raw_inode(number, S_IFREG | 0644, 340 * 4096, root);
    CHECK_THAT(bomb.refusal(), ContainsSubstring("more extents than blocks"));
}

TEST_CASE("an extent tree that leads to itself ends") {
    const TempDir temp;
    Bomb bomb(temp, "4M", many_inodes);
    // Each level's entries lead to the same block of the level below.
    std::uint32_t below = 900;
    for (std::uint32_t depth = 0; depth < 4; ++depth) {
        std::string node(12, '\0');
        Bomb::set(node, 0, 0x0154f30a);
        Bomb::set(node, 4, 0x00000154 | depth << 16U);
        for (std::uint32_t i = 0; i < 340; ++i) {
            node.resize(node.size() + 12);
            Bomb::set(node, node.size() - 12, i);
            Bomb::set(node, node.size() - 8, depth == 0 ? 0x8001 : below); // 1 block, not written
        }
        below = bomb.add_block(node);
    }
    const auto [first, count] = bomb.add_directory({{first_inode, "file"}});
    bomb.inode(2, S_IFDIR | 0755, first, count);
    std::string root(60, '\0');
    Bomb::set(root, 0, 0x0001f30a);
    Bomb::set(root, 4, 0x00040004);
    Bomb::set(root, 16, below);
    bomb.raw_inode(first_inode, S_IFREG | 0644, 4096, root);
    CHECK_THAT(bomb.refusal(), ContainsSubstring("/file: damaged"));
}

TEST_CASE("block numbers that lead to the same ones end") {
    const TempDir temp;
    Bomb bomb(temp, "4M", many_inodes);
    std::uint32_t below = bomb.add_block(""); // holes
    for (int depth = 0; depth < 2; ++depth) {
        std::string numbers(4096, '\0');
        for (std::size_t at = 0; at < numbers.size(); at += 4)
            Bomb::set(numbers, at, below);
        below = bomb.add_block(numbers);
    }
    const auto [first, count] = bomb.add_directory({{first_inode, "file"}});
    bomb.inode(2, S_IFDIR | 0755, first, count);
    std::string root(60, '\0');
    Bomb::set(root, 56, below);
    bomb.raw_inode(first_inode, S_IFREG | 0644, 4096, root, 0, 0);
    CHECK_THAT(bomb.refusal(), ContainsSubstring("/file: damaged"));
}

TEST_CASE("groups that share their inodes have no more than the image has room for") {
    const TempDir temp;
    Bomb bomb(temp, "12M", {"-b", "1024", "-I", "128", "-g", "256", "-N", "24000"});
    bomb.share_tables();
    REQUIRE(bomb.groups() > 40);
    const auto [first, count] = bomb.add_directory(a_name_for_each(bomb.inodes()));
    bomb.inode(2, S_IFDIR | 0755, first, count);
    for (std::uint32_t number = first_inode; number <= bomb.inodes() / bomb.groups(); ++number)
        bomb.raw_inode(number, S_IFREG | 0644, 0, {}, 0, 0);
    // Where a group's table begins, the reserved inodes are again, and a second root.
    CHECK_THAT(bomb.refusal(), ContainsSubstring("damaged"));
}

TEST_CASE("names far down are as cheap as others") {
    const TempDir temp;
    Bomb bomb(temp, "12M", {"-b", "1024", "-I", "128", "-N", "4096"});
    constexpr std::uint32_t depth = 2000;
    bomb.raw_inode(first_inode, S_IFREG | 0644, 0, {}, 0, 0);
    std::vector<Named> names;
    for (int i = 0; i < 40'000; ++i)
        names.push_back({first_inode, fmt::format("{:x}", i)});
    auto [first, count] = bomb.add_directory(names);
    bomb.inode(first_inode + 1, S_IFDIR | 0755, first, count);
    for (std::uint32_t i = 2; i < depth; ++i) {
        std::tie(first, count) = bomb.add_directory({{first_inode + i - 1, "d"}});
        bomb.inode(first_inode + i, S_IFDIR | 0755, first, count);
    }
    std::tie(first, count) = bomb.add_directory({{first_inode + depth - 1, "d"}});
    bomb.inode(2, S_IFDIR | 0755, first, count);
    const tree::Tree tree = bomb.read();
    CHECK(tree.size() == depth + 1);
    CHECK(tree.links(1 + depth - 1) == names.size());
}

TEST_CASE("a file of holes claims no more than there can be") {
    const TempDir temp;
    const auto file = temp.path() / "image";
    run({"mke2fs", "-q", "-F", "-O",
         "none,filetype,extent,ext_attr,sparse_super,large_file,64bit,uninit_bg", "-E",
         "lazy_itable_init=1,nodiscard", "-b", "4096", "-N", "100000", file.string(), "1T"});
    CHECK(image::read_ext4(file).size() == 2); // lost+found
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(1024 + 32);
    out.write("\x08\0\0\0", 4); // blocks of a group
    out.close();
    CHECK_THROWS_WITH(image::read_ext4(file), ContainsSubstring("more groups of blocks"));
}
