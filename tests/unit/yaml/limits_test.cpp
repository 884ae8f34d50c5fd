#include "selns/yaml/parse.hpp"
#include "support/catch.hpp"
#include "unit/yaml/error_of.hpp"

#include <random>

using selns::Diagnostics;
using selns::Error;
using selns::test::error_of;
using selns::yaml::max_bytes;
using selns::yaml::max_depth;
using selns::yaml::Node;
using selns::yaml::parse;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

} // namespace

TEST_CASE("bytes that are no text give one clear error") {
    using namespace std::string_literals;
    CHECK(error_of("a: b\nc\0d"s) == "a.yaml:2:2: not a text file: found a NUL byte");
    CHECK(error_of("a: \x04\nb: c") == "a.yaml:1:4: not a text file: found a control character");
    CHECK(error_of("a: \x7f") == "a.yaml:1:4: not a text file: found a control character");
    CHECK(error_of("a: \xc2\x9b") == "a.yaml:1:4: not a text file: found a control character");
    for (const char* bad : {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"}) {
        CHECK(error_of(bad) == "a.yaml:1:1: not a text file: found a byte that is not UTF-8");
    }
    CHECK(error_of("\xff\xfe"
                   "a\0:\0"s) == "a.yaml:1:1: not a text file: found a byte that is not UTF-8");
    CHECK(error_of("\x7f"
                   "ELF\x02\x01\x01") == "a.yaml:1:1: not a text file: found a control character");
    for (const char* good : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0"})
        CHECK(error_of(good) == "no error");
}

TEST_CASE("a document has a largest size") {
    CHECK(error_of("# " + std::string(max_bytes - 2, 'x')) == "no error");
    CHECK(error_of("# " + std::string(max_bytes - 1, 'x')) == "a.yaml: larger than 1.00 MiB");
}

TEST_CASE("a document has a largest depth") {
    CHECK(error_of(std::string(max_depth, '[') + std::string(max_depth, ']')) == "no error");
    CHECK_THAT(error_of(std::string(max_depth + 1, '[')), ContainsSubstring("levels deep"));
    CHECK_THAT(error_of(repeated("{a: ", 1000)), ContainsSubstring("a.yaml:1:"));
    CHECK_THAT(error_of(repeated("- ", 1000) + "x"), ContainsSubstring("levels deep"));
}

TEST_CASE("aliases cannot nest deeper than a document may") {
    std::string text = "a0: &a0 []\n";
    for (std::size_t i = 1; i <= max_depth; ++i)
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" +
                std::to_string(i - 1) + "]\n";
    CHECK_THAT(error_of(text), ContainsSubstring("levels deep"));
}

TEST_CASE("an alias inside its own value is refused") {
    CHECK(error_of("a: &x [*x]\n") ==
          "a.yaml:1:8: this alias stands inside the value that it refers to");
    CHECK_THAT(error_of("a: &x {b: [1, *x]}\n"), ContainsSubstring("inside the value"));
}

TEST_CASE("aliases cannot multiply without bound") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 9; ++j)
            text += "*a" + std::to_string(i - 1) + ", ";
        text += "x]\n";
    }
    CHECK_THAT(error_of(text), ContainsSubstring("too large: more than 100,000 values"));

    const std::string big = "a: &a " + std::string(500'000, 'x') + "\nb:\n";
    CHECK(error_of(big + repeated("- *a\n", 10)) == "no error");
    CHECK_THAT(error_of(big + repeated("- *a\n", 100)), ContainsSubstring("16.0 MiB"));
}

TEST_CASE("many values are refused") {
    CHECK_THAT(error_of("[" + repeated("1,", 120'000) + "]"), ContainsSubstring("too large"));
}

TEST_CASE("damaged documents give an answer or an Error") {
    const std::string good = "name: &n web\nlist: [a, {b: 'c', \"d\": e}]\n"
                             "text: |\n  x\n  y\nagain: *n\n? k\n: v\n# end\n";
    const std::string spice = "[]{}:,-?&*!|>'\"%@`#\n\t ~<\\0a";
    std::mt19937 random(20260801);
    std::size_t refused = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = good;
        for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
            const std::size_t at = random() % text.size();
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 5);
            else
                text.insert(at, 1, spice[random() % spice.size()]);
        }
        Diagnostics problems;
        try {
            parse(text, "a.yaml", problems);
        } catch (const Error& error) {
            ++refused;
            CHECK(error.kind() == selns::ErrorKind::invalid_input);
        }
    }
    CHECK(refused > 200);
    CHECK(refused < 2000);
}
