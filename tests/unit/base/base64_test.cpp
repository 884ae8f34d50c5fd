#include "selns/base/base64.hpp"
#include "support/catch.hpp"

#include <string>

using namespace selns;

// RFC 4648, section 10
TEST_CASE("base64 is what its standard says") {
    CHECK(base64_encode("").empty());
    CHECK(base64_encode("f") == "Zg==");
    CHECK(base64_encode("fo") == "Zm8=");
    CHECK(base64_encode("foobar") == "Zm9vYmFy");
    CHECK(base64_decode("Zm9v\nYmE=") == "fooba");
    for (const char* bad : {"Zg=", "Zg", "Z", "Zm9v*A==", "=Zg="})
        CHECK_FALSE(base64_decode(bad));
}

TEST_CASE("any bytes survive base64") {
    std::string bytes;
    for (int i = 0; i < 600; ++i) {
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
        bytes += static_cast<char>(i * 7);
    }
}
