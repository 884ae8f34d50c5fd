#include "selns/base/text.hpp"
#include "support/catch.hpp"

using namespace selns;

TEST_CASE("text is cut as expected") {
    CHECK(trim(" \t a b \n") == "a b");
    CHECK(trim("  ").empty());
    CHECK(split("a::b", ':') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ':') == std::vector<std::string_view>{""});
    CHECK(split_words("  a\t b  ") == std::vector<std::string_view>{"a", "b"});
    CHECK(split_words("").empty());
}

TEST_CASE("printable text cannot harm a terminal and can be read back") {
    CHECK(printable("plain \xc3\xa4") == "plain \xc3\xa4");
    CHECK(printable("a\nb\x1b[31m\x7f") == "a\\x0ab\\x1b[31m\\x7f");
    CHECK(printable("back\\slash") == "back\\\\slash");
    CHECK(printable("\xff\xc3") == "\\xff\\xc3");
    CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");                        // a C1 control
    CHECK(printable("a\u202eb\u061c") == "a\\xe2\\x80\\xaeb\\xd8\\x9c"); // the direction of writing
    CHECK(printable("\u20ac") == "\u20ac");
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80"); // a surrogate
    CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");          // overlong
}

TEST_CASE("near misses are found, far ones are not") {
    CHECK(nearest("permisive", {"enforcing", "permissive"}) == "permissive");
    CHECK_FALSE(nearest("xyz", {"enforcing", "permissive"}));
    CHECK(did_you_mean("httpd_enable_cgy", {"httpd_enable_cgi"}) ==
          " (did you mean httpd_enable_cgi?)");
}

TEST_CASE("sizes, times and counts for people") {
    CHECK(human_size(0) == "0 B");
    CHECK(human_size(1536) == "1.50 KiB");
    CHECK(human_size(255772160) == "244 MiB");
    CHECK(human_time(std::chrono::milliseconds(420)) == "0.4 s");
    CHECK(human_time(std::chrono::milliseconds(52484)) == "52 s");
    CHECK(human_time(std::chrono::milliseconds(200000)) == "3 min 20 s");
    CHECK(human_count(7) == "7");
    CHECK(human_count(1234567) == "1,234,567");
    CHECK(utc_time(0) == "1970-01-01T00:00:00Z");
}

TEST_CASE("sizes are read with binary units") {
    CHECK(parse_size("4096") == 4096U);
    CHECK(parse_size("2G") == 2ULL << 30U);
    CHECK(parse_size("1.5K") == 1536U);
    for (const char* wrong : {"", "G", "-1", "1X", "1GB", "nan", "inf", "1e3", "99999999999T"}) {
        INFO(wrong);
        CHECK_FALSE(parse_size(wrong));
    }
}
