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
        std::string stem;
    };
    const Case cases[] = {
        {"/etc/passwd", true, "/etc/passwd", Tail::nothing, "/etc"},
        {"/etc\\.d/x", true, "/etc.d/x", Tail::nothing, ""},
        {"/etc(/.*)?", false, "/etc", Tail::subtree, ""},
        {"/etc/x(/.*)?", false, "/etc/x", Tail::subtree, "/etc"},
        {"/tmp/.*", false, "/tmp/", Tail::anything, "/tmp"},
        {"/tmp/.+", false, "/tmp/", Tail::something, "/tmp"},
        {"/usr/?x", false, "/usr", Tail::regex, "/usr"},
        {"/ab*", false, "/a", Tail::regex, ""},
        {"/ab+", false, "/ab", Tail::regex, ""},
        {"/a\\.?b", false, "/a", Tail::regex, ""},
        {"/tty\\d", true, "/tt", Tail::regex, ""},
        {"/x\\", true, "/", Tail::regex, ""},
        {"/a/b|/c", false, "", Tail::regex, "/a"},
        {"/a/(b|c)", false, "/a/", Tail::regex, "/a"},
        {"/a/[|]", false, "/a/", Tail::regex, "/a"},
        {"/a/(?:b|c)", false, "", Tail::regex, "/a"},
    };
    for (const auto& c : cases) {
        INFO(c.text);
        const auto pattern = analyse(c.text);
        CHECK(pattern.literal == c.literal);
        CHECK(pattern.prefix == c.prefix);
        CHECK(pattern.tail == c.tail);
        CHECK(pattern.stem == c.stem);
    }
}

TEST_CASE("The stem of a path") {
    CHECK(selns::label::stem_of_path("/usr/bin/x") == "/usr");
    CHECK(selns::label::stem_of_path("/usr").empty());
    CHECK(selns::label::stem_of_path("/").empty());
}
