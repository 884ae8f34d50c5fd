#include "selns/image/ext4/directory.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <cstring>
#include <set>

using namespace selns::image::ext4;

namespace {

constexpr HashSeed seed{1, 2, 3, 4};

// Refers to NAMES.
Directory with_names(const std::vector<std::string>& names) {
    Directory directory{20, 2, {}, 1};
    std::uint32_t inode = 100;
    for (const std::string& name : names)
        directory.entries.push_back({name, inode++, 1});
    return directory;
}

// The names in a block as a kernel that knows nothing of hash trees reads them.
std::multiset<std::string> names_in(const std::vector<std::string>& blocks) {
    std::multiset<std::string> names;
    for (const std::string& block : blocks) {
        REQUIRE(block.size() == 4096);
        for (std::size_t at = 0; at < block.size();) {
            std::uint32_t inode = 0;
            std::uint16_t length = 0;
            std::memcpy(&inode, &block[at], 4);
            std::memcpy(&length, &block[at + 4], 2);
            REQUIRE(length >= 8);
            REQUIRE(at + length <= block.size());
            if (inode != 0)
                names.insert(block.substr(at + 8, static_cast<unsigned char>(block[at + 6])));
            at += length;
        }
    }
    return names;
}

} // namespace

TEST_CASE("an empty directory has itself and its parent") {
    const DirectoryBlocks result = directory_blocks(with_names({}), seed);
    CHECK_FALSE(result.indexed);
    CHECK(names_in(result.blocks) == std::multiset<std::string>{".", ".."});
}

TEST_CASE("lost+found has spare blocks and no hash tree") {
    const std::vector<std::string> names{"one"};
    Directory directory = with_names(names);
    directory.least_blocks = 4;
    const DirectoryBlocks result = directory_blocks(directory, seed);
    CHECK(result.blocks.size() == 4);
    CHECK_FALSE(result.indexed);
    CHECK(names_in(result.blocks) == std::multiset<std::string>{".", "..", "one"});
}

TEST_CASE("every name is in the blocks once, at every number of names") {
    std::vector<std::string> names;
    for (const std::size_t count : {1U, 13U, 14U, 15U, 16U, 40U, 8000U}) {
        while (names.size() < count)
            names.push_back(fmt::format("{:0255}", names.size()));
        const DirectoryBlocks result = directory_blocks(with_names(names), seed);
        std::multiset<std::string> expected(names.begin(), names.end());
        expected.insert({".", ".."});
        CHECK(names_in(result.blocks) == expected);
        CHECK(result.indexed == (result.blocks.size() > 1));
    }
}
