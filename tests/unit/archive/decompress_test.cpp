#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace selns;

namespace {

// printf 'hello\n' | gzip -n
const std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\0\x20\x30\x3a"
                         "\x36\x06\0\0\0",
                         26);

// BYTES in pieces of SIZE.
archive::Source source(std::string_view bytes, std::size_t size) {
    return [bytes, size]() mutable {
        const std::string_view piece = bytes.substr(0, size);
        bytes.remove_prefix(piece.size());
        return piece;
    };
}

} // namespace

TEST_CASE("bytes lose their compression, if they have one") {
    CHECK(archive::decompress(packed, 100) == "hello\n");
    CHECK(archive::decompress("as it is", 100) == "as it is");
    CHECK(archive::decompress("", 100).empty());
    CHECK_THROWS_AS(archive::decompress(packed, 3), Error);
    CHECK_THROWS_AS(archive::decompress(packed.substr(0, 18), 100), Error);
}

TEST_CASE("a stream loses its compression, too") {
    const std::size_t size = GENERATE(1U, 7U, 100U);
    std::string text;
    const archive::Sink sink = [&](std::string_view piece) { text += piece; };
    CHECK(archive::decompress(source(packed, size), sink).empty());
    CHECK(archive::decompress(source("as it is", size), sink).empty());
    CHECK(text == "hello\nas it is");
    CHECK_FALSE(archive::decompress(source(packed.substr(0, 18), size), sink).empty());
}

TEST_CASE("what a stream's ends throw comes out") {
    const archive::Source fails = []() -> std::string_view { throw std::runtime_error("source"); };
    CHECK_THROWS_WITH(archive::decompress(fails, [](std::string_view) {}), "source");
    const archive::Sink full = [](std::string_view) { throw std::runtime_error("sink"); };
    CHECK_THROWS_WITH(archive::decompress(source(packed, 100), full), "sink");
}

TEST_CASE("the beginning of compressed data") {
    CHECK(archive::may_be_compressed(packed));
    CHECK(archive::may_be_compressed("BZh9"));
    CHECK(archive::may_be_compressed("\x50\x2a\x4d\x18"));
    for (const std::string_view text : {"", "B", "audit: type=1400", "{\"MESSAGE\":"})
        CHECK_FALSE(archive::may_be_compressed(text));
}
