#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <unistd.h>

#include <stdexcept>

using namespace selns;

namespace {

// printf 'hello\n' | gzip -n
const std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\0\x20\x30\x3a"
                         "\x36\x06\0\0\0",
                         26);

} // namespace

TEST_CASE("bytes lose their compression, if they have one") {
    CHECK(archive::decompress(packed, 100) == "hello\n");
    CHECK(archive::decompress("as it is", 100) == "as it is");
    CHECK(archive::decompress("", 100).empty());
    CHECK_THROWS_AS(archive::decompress(packed, 3), Error);
    CHECK_THROWS_AS(archive::decompress(packed.substr(0, 18), 100), Error);
}

TEST_CASE("a stream loses its compression, too, whatever was read of it before") {
    const std::size_t read = GENERATE(0U, 7U, 18U, 26U);
    const test::TempDir dir;
    const Fd file = open_read(dir.write("packed", packed));
    ::lseek(file.get(), static_cast<off_t>(read), SEEK_SET);
    std::string text;
    const archive::Sink sink = [&](std::string_view piece) { text += piece; };
    CHECK(archive::decompress({std::string_view(packed).substr(0, read), file.get()}, sink) == "");
    CHECK(archive::decompress({"as it is"}, sink).empty());
    CHECK(text == "hello\nas it is");
    CHECK_FALSE(archive::decompress({std::string_view(packed).substr(0, 18)}, sink).empty());
    const archive::Sink full = [](std::string_view) { throw std::runtime_error("sink"); };
    CHECK_THROWS_WITH(archive::decompress({packed}, full), "sink");
}

TEST_CASE("many texts lose their compression one after the other") {
    const std::vector<std::string> many = {packed, "plain", packed.substr(0, 18), "", packed};
    std::vector<std::string> texts;
    const auto visit = [&](std::size_t place, const std::string& text) {
        CHECK(place == texts.size());
        texts.push_back(text);
        return texts.size() < 4;
    };
    archive::decompress_each(many, 100, visit);
    CHECK(texts == std::vector<std::string>{"hello\n", "plain", "", ""});
    CHECK_THROWS_AS(archive::decompress_each(many, 3, visit), Error);
}

TEST_CASE("the beginning of compressed data") {
    CHECK(archive::may_be_compressed(packed));
    CHECK(archive::may_be_compressed("BZh9"));
    CHECK(archive::may_be_compressed("\x50\x2a\x4d\x18"));
    for (const std::string_view text : {"", "B", "audit: type=1400", "{\"MESSAGE\":"})
        CHECK_FALSE(archive::may_be_compressed(text));
}
