#include "selns/label/pattern.hpp"
#include "support/catch.hpp"

using selns::label::analyse;
using Tail = selns::label::Pattern::Tail;

TEST_CASE("What the text of a specification promises") {
    struct Case {
        std::string text;
        bool literal;
        std::string prefix;
        Tail tail;
        bool check_stem = false;
    };
    const Case cases[] = {
        {"/etc/passwd", true, "/etc/passwd", Tail::nothing},
        {"/etc\\.d/x", true, "/etc.d/x", Tail::nothing},
        {"/etc(/.*)?", false, "/etc", Tail::subtree},
        {"/etc/x(/.*)?", false, "/etc/x", Tail::subtree},
        {"/tmp/.*", false, "/tmp/", Tail::anything},
        {"/tmp/.+", false, "/tmp/", Tail::something},
        {"/usr/?x", false, "/usr", Tail::regex, true},
        {"/run/[^/]*", false, "/run/", Tail::component},
        {"/run/[^/]+", false, "/run/", Tail::some_component},
        {"/ab*", false, "/a", Tail::regex},
        {"/ab+", false, "/ab", Tail::regex},
        {"/a\\.?b", false, "/a", Tail::regex},
        {"/tty\\d", true, "/tt", Tail::regex},
        {"/x\\", true, "/", Tail::regex},
        {"/a/b|/c", false, "", Tail::regex, true},
        {"/a/(b|c)", false, "/a/", Tail::regex},
        {"/a/[|]", false, "/a/", Tail::regex},
        {"/a/(?:b|c)", false, "", Tail::regex, true},
    };
    for (const auto& c : cases) {
        INFO(c.text);
        const auto pattern = analyse(c.text);
        CHECK(pattern.literal == c.literal);
        CHECK(pattern.prefix == c.prefix);
        CHECK(pattern.tail == c.tail);
        CHECK(pattern.check_stem == c.check_stem);
    }
}

TEST_CASE("Stems") {
    CHECK(selns::label::stem_of_text("/usr/bin/.*") == "/usr");
    CHECK(selns::label::stem_of_text("/e\\-s/x") == "/e\\-s");
    CHECK(selns::label::stem_of_text("/us./bin").empty());
    CHECK(selns::label::stem_of_text("/usr").empty());
    CHECK(selns::label::stem_of_path("/usr/bin/x") == "/usr");
    CHECK(selns::label::stem_of_path("/usr").empty());
    CHECK(selns::label::stem_of_path("/").empty());
}
