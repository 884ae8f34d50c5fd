#include "selns/base/error.hpp"
#include "selns/label/regex.hpp"
#include "selns/label/syntax.hpp"
#include "support/catch.hpp"
#include "unit/label/generate.hpp"

#include <optional>

using namespace selns::label;

namespace {

bool requires_pairs_of(const char* regex, const char* path) {
    Pairs pairs;
    pairs.add(path);
    return !pairs.may_contain(syntax_of(regex).required);
}

} // namespace

TEST_CASE("Which regular expressions are plain") {
    for (const char* text :
         {"/usr/(.*/)?bin(/.*)?", "/a\\.b\\+c", "/[^/]+x", "/[a-z0-9_-]+", "/[-+]?", "/[\\^.]a",
          "/\\d+", "/a(b|(c|))*", "a|b", "/x+?", "/x*+", "/]}", "/a-b,c@d"}) {
        INFO(text);
        CHECK(syntax_of(text).plain);
    }
    for (const char* text :
         {"/(?:a)", "/(*LIMIT)", "/a{2}", "/[[:alpha:]]", "/[]]", "/[z-a]", "/[a-",
          "/[",     "/(",        "/)",    "/*+?",         "*",    "/(+)",   "/a**",
          "/\\Q.",  "/\\bx",     "/a\\",  "/^x",          "/x$",  "/[\\d]", "/[+--]"}) {
        INFO(text);
        CHECK_FALSE(syntax_of(text).plain);
    }
    CHECK_FALSE(syntax_of(std::string(5000, 'x')).plain);
}

TEST_CASE("What a plain regular expression requires is missing from a path") {
    CHECK(requires_pairs_of("/usr/(.*/)?bin(/.*)?", "/usr/share/doc/x"));
    CHECK(requires_pairs_of("/.*\\.so(\\.[^/]*)*", "/usr/share/doc/x"));
    CHECK_FALSE(requires_pairs_of("/usr/(.*/)?bin(/.*)?", "/usr/local/bin/x"));
    CHECK_FALSE(requires_pairs_of("/a(bc)?d*e", "/ae"));
    CHECK_FALSE(requires_pairs_of("/abc+d", "/abcccd"));
    CHECK_FALSE(requires_pairs_of("/abc|/x", "/x"));
    CHECK_FALSE(requires_pairs_of("(/abc|/x)", "/x"));
}

TEST_CASE("A plain regular expression compiles, and matches have the pairs that it requires") {
    selns::label::test::Random random(9);
    const MatchMemory memory;
    const MatchLimits limits(MatchLimits::most_steps);
    int plain = 0, matched = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto length = 1 + random() % 12; length > 0; --length)
            text += "ab-/.*+?|()[]^\\d{"[random() % 17];
        const auto syntax = syntax_of(text);
        if (!syntax.plain)
            continue;
        ++plain;
        INFO(text);
        std::optional<Regex> regex;
        REQUIRE_NOTHROW(regex.emplace(text));
        const auto path = selns::label::test::path_like(text, random);
        if (regex->match(path, memory, limits) != Regex::Outcome::match)
            continue;
        ++matched;
        Pairs pairs;
        pairs.add(path);
        INFO(path);
        CHECK(pairs.may_contain(syntax.required));
    }
    CHECK(plain > 1000);
    CHECK(matched > 500);
}
