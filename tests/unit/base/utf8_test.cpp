#include "selns/base/utf8.hpp"
#include "support/catch.hpp"

#include <string>

using namespace selns;

TEST_CASE("characters are read, and what is no UTF-8 is none") {
    const auto is = [](std::string_view text, std::uint32_t code, std::size_t bytes) {
        const Character first = first_character(text);
        return first.bytes == bytes && (bytes == 0 || first.code == code);
    };
    CHECK(is("a", 'a', 1));
    CHECK(is(std::string_view("\0", 1), 0, 1));
    CHECK(is("é!", 0xe9, 2));
    CHECK(is("漢", 0x6f22, 3));
    CHECK(is("\xf0\x9f\x90\xa7", 0x1f427, 4));
    // Cut off, continued, overlong, surrogate, beyond.
    for (const char* bad : {"\xc3", "\xe6\xbc", "\x80", "\xc0\x80", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xff"})
        CHECK(is(bad, 0, 0));
}

TEST_CASE("characters take the columns of a terminal") {
    CHECK(columns_of('a') == 1);
    CHECK(columns_of(0x6f22) == 2);  // Han
    CHECK(columns_of(0x1f427) == 2); // a penguin
    CHECK(columns_of(0x301) == 0);   // an accent on what stands before
    CHECK(columns_of('\t') == 1);
}
