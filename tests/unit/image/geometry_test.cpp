#include "selns/base/error.hpp"
#include "selns/image/ext4/geometry.hpp"
#include "selns/image/ext4/mke2fs.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>

#include <fstream>

using namespace selns;
using namespace selns::image::ext4;

namespace {

constexpr std::uint64_t mib = 1U << 20U;

std::uint64_t number_after(const std::string& text, const std::string& key) {
    const auto at = text.find(key);
    REQUIRE(at != std::string::npos);
    return std::stoull(text.substr(at + key.size()));
}

// What a tree can have: the free blocks, and those of the root and lost+found.
std::uint64_t real_capacity(const Geometry& geometry) {
    const test::TempDir temp;
    const auto image = temp.write("image", "");
    std::filesystem::resize_file(image, geometry.size);
    const Interrupt never;
    process::SystemRunner runner(never);
    run_mke2fs(image, geometry, {}, runner);
    const std::string header = test::run({"dumpe2fs", "-h", image.string()});
    CHECK(number_after(header, "Inode count:") >= geometry.inodes);
    return number_after(header, "Free blocks:") + 5;
}

} // namespace

TEST_CASE("the capacity is what mke2fs leaves") {
    for (const Geometry& geometry :
         {Geometry{12 * mib, 100, 4}, Geometry{40 * mib, 5000, 4}, Geometry{128 * mib, 8192, 16},
          Geometry{129 * mib, 8192, 16}, Geometry{136 * mib, 40000, 16},
          Geometry{300 * mib, 20000, 16}, Geometry{319 * mib + 4096, 20448, 16},
          Geometry{1024 * mib, 65536, 32}, Geometry{2177 * mib, 131072, 64},
          Geometry{5000 * mib, 320000, 64}, Geometry{20000 * mib, 1280000, 64}}) {
        INFO("size " << geometry.size / mib << " MiB, inodes " << geometry.inodes);
        CHECK(capacity(geometry) == real_capacity(geometry));
    }
}

TEST_CASE("what mke2fs refuses has no capacity") {
    CHECK(capacity({0, 100, 4}) == std::nullopt);
    CHECK(capacity({6 * mib, 100, 4}) == std::nullopt);
    CHECK(capacity({40 * mib, 50000, 4}) == std::nullopt);
}

TEST_CASE("a chosen file system has room for the content and a margin") {
    for (const std::uint64_t blocks : {1U, 1000U, 31000U, 65000U, 250000U, 600000U, 3000000U})
        for (const std::uint64_t inodes : {20U, 12500U, 400000U}) {
            INFO(blocks << " blocks, " << inodes << " inodes");
            const Geometry geometry = choose({blocks, inodes}, {});
            const std::uint64_t margin = std::max(blocks / 10, 32 * mib / block_size);
            CHECK(capacity(geometry).value_or(0) >= blocks + margin);
            CHECK(geometry.inodes > inodes + inodes / 10);
            CHECK(geometry.size % mib == 0);
        }
}

TEST_CASE("many inodes without content") {
    const Geometry geometry = choose({100, 70000}, {});
    CHECK(real_capacity(geometry) == capacity(geometry));
}

TEST_CASE("the size that an error asks for is enough") {
    for (const std::uint64_t blocks : {1U, 31000U, 32000U, 33000U, 65000U, 260000U, 600000U}) {
        std::uint64_t least = 0;
        try {
            choose({blocks, 5000}, mib);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
            REQUIRE(std::sscanf(error.hint().c_str(), "ask for at least %luM", &least) == 1);
        }
        INFO(blocks << " blocks need " << least << " MiB");
        CHECK(choose({blocks, 5000}, least * mib).size == least * mib);
        CHECK_THROWS_AS(choose({blocks, 5000}, (least - 1) * mib), Error);
    }
}
