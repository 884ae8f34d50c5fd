#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"

using namespace selns;

TEST_CASE("bytes lose their compression, if they have one") {
    // printf 'hello\n' | gzip -n
    const std::string packed(
        "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\0\x20\x30\x3a"
        "\x36\x06\0\0\0",
        26);
    CHECK(archive::decompress(packed, 100) == "hello\n");
    CHECK(archive::decompress("as it is", 100) == "as it is");
    CHECK(archive::decompress("", 100).empty());
    CHECK_THROWS_AS(archive::decompress(packed, 3), Error);
    CHECK_THROWS_AS(archive::decompress(packed.substr(0, 18), 100), Error);
}
