#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/image/image.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/image/trees.hpp"

using namespace selns;
using namespace selns::test;

TEST_CASE("formats are told by content, whatever the name") {
    const TempDir temp;
    tree::Tree tree = tree_with_lost_found();
    tree.put("/etc/motd", file("hello\n"));
    const auto tar = temp.path() / "image.ext4";
    const auto ext4 = temp.path() / "image.tar";
    image::write_tar(tree, tar, {});
    write_image(tree, ext4);
    CHECK(image::detect(tar) == &image::format("tar"));
    CHECK(image::detect(ext4) == &image::format("ext4"));
    CHECK(image::compare(tree, image::read(tar)).empty());
    CHECK(image::compare(tree, image::read(ext4)).empty());

    run({"gzip", "-k", "-S", ".odd", tar.string()});
    const auto compressed = temp.path() / "image.ext4.odd";
    CHECK(image::detect(compressed) == &image::format("tar"));
    CHECK(image::compare(tree, image::read(compressed)).empty());
}

TEST_CASE("other files are no image") {
    const TempDir temp;
    for (const std::string& content : {std::string(), std::string("name: web\n"),
                                       std::string(5000, '\0'), std::string("\x1f\x8b not gzip")}) {
        const auto file = temp.write("file", content);
        CHECK(image::detect(file) == nullptr);
        CHECK_THROWS_WITH(image::read(file), ContainsSubstring("neither an archive nor"));
    }
    CHECK_THROWS_WITH(image::detect(temp.path()), ContainsSubstring("a directory"));
    CHECK_THROWS_AS(image::detect(temp.path() / "missing"), Error);
}

TEST_CASE("a tar is written with progress and the same bytes each time") {
    const TempDir temp;
    const tree::Tree tree = [] {
        tree::Tree result = tree_with_lost_found();
        result.put("/data", file(std::string(3000000, 'x')));
        return result;
    }();
    std::uint64_t last = 0;
    image::write_tar(tree, temp.path() / "one", [&](std::uint64_t done, std::uint64_t total) {
        CHECK(total == 3000000);
        CHECK(done >= last);
        last = done;
    });
    CHECK(last == 3000000);
    image::write_tar(tree, temp.path() / "two", {});
    CHECK(read_text(temp.path() / "one") == read_text(temp.path() / "two"));
    CHECK_THROWS_WITH(image::write_tar(tree, temp.path() / "no" / "such", {}),
                      ContainsSubstring((temp.path() / "no" / "such").string()));
}

TEST_CASE("the hash of an image is taken while it is written") {
    const TempDir temp;
    const Interrupt never;
    process::SystemRunner runner(never);
    tree::Tree tree = tree_with_lost_found();
    for (int i = 0; i < 300; ++i) {
        const std::string name = "/d" + std::to_string(i % 7) + "/f" + std::to_string(i);
        tree.put(name, file(std::string(static_cast<std::size_t>(i) * 97, 'y')));
        tree.put(name + "l", symlink(std::string(static_cast<std::size_t>(i) + 1, 'z')));
    }
    std::string mixed(9U << 20U, 'x');
    mixed.replace(3U << 20U, 2U << 20U, 2U << 20U, '\0');
    tree.put("/large", file(mixed));
    for (const image::Format* format : image::formats()) {
        const auto path = temp.path() / format->name;
        image::WriteOptions options;
        CHECK(format->write(tree, path, options, runner, {}).empty());
        const std::string expected = sha256_file(path);
        options.hashed = true;
        CHECK(format->write(tree, path, options, runner, {}) == expected);
        CHECK(sha256_file(path) == expected);
    }
}
