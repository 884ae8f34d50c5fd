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

TEST_CASE("What a regular expression begins with") {
    std::string storage;
    const auto start = [&](const char* regex) {
        return std::string(selns::label::literal_start(regex, storage));
    };
    CHECK(start("/etc/shadow") == "/etc/shadow");
    CHECK(start("/etc/shadow.*") == "/etc/shadow");
    CHECK(start("/etc/passwd\\.adjunct.*") == "/etc/passwd.adjunct");
    CHECK(start("/etc/a\\.b\\d") == "/etc/a.b");
    CHECK(start("(/usr)?/x").empty());
}

TEST_CASE("The path that a regular expression stands for, and back") {
    using selns::label::literal_path;
    CHECK(literal_path("/root/\\.ssh(/.*)?") == "/root/.ssh");
    CHECK(literal_path("/root/\\.ssh") == "/root/.ssh");
    CHECK_FALSE(literal_path("/root/[^/]*"));
    CHECK_FALSE(literal_path("/tty\\d"));
    CHECK_FALSE(literal_path("/x\\"));
    const std::string path = "/a.b/^$?*+|[](){}\\/c-d e";
    CHECK(literal_path(selns::label::regex_of(path)) == path);
    CHECK(selns::label::regex_of("/a-b.c") == "/a-b\\.c");
}
